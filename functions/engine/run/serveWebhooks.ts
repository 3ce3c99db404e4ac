import { randomUUID } from 'node:crypto';

import { http, type Request, type Response } from '@google-cloud/functions-framework';

import type { Catalog } from '../catalog/selection.ts';
import type { EventTable } from '../model/webhookEvent.ts';
import { logLine } from '../report/logLine.ts';
import { keepMemoryFlat } from './memory.ts';
import { connectorFor, hideErrorPages } from './serve.ts';
import { type WebhookEntrance, webhookTaker } from './webhooks/webhookTaker.ts';

/** Registers the function `webhooks`: Pub/Sub pushes events to it, several at a time. */
export function serveWebhooks(catalog: Catalog, events: EventTable): void {
  hideErrorPages();
  keepMemoryFlat();
  const { signal } = new AbortController();
  http(
    'webhooks',
    webhookHandler({
      ...{ catalog, events, environment: process.env, signal },
      connector: connectorFor(process.env),
      ...{ now: Date.now, random: Math.random, uuid: randomUUID },
      report: (event) => {
        process.stdout.write(`${logLine(event, new Date())}\n`);
      },
    }),
  );
}

/** Answers a push as its event ended; see `webhookTaker`. */
export function webhookHandler(entrance: WebhookEntrance) {
  const take = webhookTaker(entrance);
  return async (request: Request, response: Response): Promise<void> => {
    const { status, body } = await take(request.rawBody ?? Buffer.alloc(0), request.headers);
    response.status(status).json(body);
  };
}
