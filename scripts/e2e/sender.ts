import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { WebhookRequest } from './webhook.ts';

/** A request with the time after the beginning at which it is due. */
export interface Delivery extends WebhookRequest {
  readonly atMilliseconds: number;
}

/** How a request was answered; status 0 when it was not. */
export interface Sent {
  readonly status: number;
  readonly milliseconds: number;
}

/** Sends webhooks from a thread of its own. */
export interface Sender extends AsyncDisposable {
  /** Sends `side` of them side by side; answers come in the order of the requests. */
  send(deliveries: readonly Delivery[], side: number): Promise<readonly Sent[]>;
}

/** Opens a sender to one address. */
export function openSender(url: string): Sender {
  const thread = new Worker(new URL('sendingThread.ts', import.meta.url));
  return {
    send: async (deliveries, side) => {
      thread.postMessage({ url, deliveries, side });
      const [sent] = (await once(thread, 'message')) as [readonly Sent[]];
      return sent;
    },
    [Symbol.asyncDispose]: async () => {
      await thread.terminate();
    },
  };
}

/** Sends one request; resolves to the status of the answer. */
export async function sendOne(sender: Sender, request: WebhookRequest): Promise<number> {
  const [sent] = await sender.send([{ ...request, atMilliseconds: 0 }], 1);
  return sent?.status ?? 0;
}
