import { randomUUID } from 'node:crypto';

import { http, type Request, type Response } from '@google-cloud/functions-framework';

import type { Catalog } from '../catalog/selection.ts';
import type { EventTable } from '../model/webhookEvent.ts';
import { logLine } from '../report/logLine.ts';
import { readBody } from '../trigger/readBody.ts';
import { connectorFor } from './connectorFor.ts';
import { openInstance, send } from './instance.ts';
import { keepMemoryFlat } from './memory.ts';
import { hideErrorPages } from './serve.ts';
import { leaveBodiesUnread } from './unreadBody.ts';
import { type WebhookTaker, webhookTaker } from './webhooks/webhookTaker.ts';

/** Registers the function `webhooks`: Pub/Sub pushes events to it, several at a time. */
export function serveWebhooks(catalog: Catalog, events: EventTable): void {
  hideErrorPages();
  leaveBodiesUnread();
  keepMemoryFlat();
  const instance = openInstance({ now: Date.now, write });
  // Events that are under way are soon settled, so nothing cuts them off.
  const { signal } = new AbortController();
  const taker = webhookTaker({
    ...{ catalog, events, environment: process.env, signal },
    connector: connectorFor(process.env),
    ...{ now: Date.now, random: Math.random, uuid: randomUUID },
    report: (fact, place) => {
      write(logLine(fact, new Date(), place));
    },
  });
  const handler = webhookHandler(taker, instance.signal);
  http('webhooks', (request, response) =>
    instance.during(response, () => handler(request, response)),
  );
}

/** Pub/Sub's own limit, as base64 with the envelope around it. */
const BODY_LIMITS = { keepBytes: 16 << 20, readBytes: 16 << 20, milliseconds: 30_000 } as const;

/** Answers a push as its event ended. */
export function webhookHandler(taker: Pick<WebhookTaker, 'takePush'>, ending: AbortSignal) {
  return async (request: Request, response: Response): Promise<void> => {
    const read = await readBody(request, BODY_LIMITS);
    const whole = read.end === 'whole' ? read.body : Buffer.alloc(0);
    send(response, await taker.takePush(whole, request.headers), ending);
  };
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
