import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';

import type { Delivery, Sent } from './sender.ts';

/** What one call of the thread is for. */
interface Order {
  readonly url: string;
  readonly deliveries: readonly Delivery[];
  readonly side: number;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

// A thread of its own: what the simulated GitLab does meanwhile must not count as the time of an answer.
parentPort?.on('message', (order: Order) => {
  void sendAll(order).then((sent) => parentPort?.postMessage(sent));
});

async function sendAll({ url, deliveries, side }: Order): Promise<readonly Sent[]> {
  const startedAt = performance.now();
  const sent: Sent[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < deliveries.length; index = next++) {
      const delivery = deliveries[index];
      if (delivery !== undefined) sent[index] = await sendAt(url, delivery, startedAt);
    }
  };
  await Promise.all(Array.from({ length: side }, lane));
  return sent;
}

/** Waits for the delivery's instant; how long its answer takes counts from that instant, not from when there was a place. */
async function sendAt(url: string, delivery: Delivery, startedAt: number): Promise<Sent> {
  const dueAt = startedAt + delivery.atMilliseconds;
  const early = dueAt - performance.now();
  if (early > 0) await sleep(early);
  const beganAt = delivery.atMilliseconds === 0 ? performance.now() : dueAt;
  const status = await post(url, delivery).catch(() => 0);
  return { status, milliseconds: performance.now() - beganAt };
}

/** Resolves to the status of the answer. */
function post(url: string, { headers, body }: Delivery): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = { 'content-length': Buffer.byteLength(body).toString() };
    const options = { agent, method: 'POST', headers: { ...headers, ...length } };
    const call = request(url, options, (response) => {
      response.resume().once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    call.once('error', reject).end(body);
  });
}
