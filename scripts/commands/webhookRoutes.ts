import { randomUUID } from 'node:crypto';

import { catalog } from '../../functions/catalog.ts';
import type { Connector } from '../../functions/engine/alloydb/index.ts';
import type { Environment } from '../../functions/engine/config/settings.ts';
import { logLine } from '../../functions/engine/report/logLine.ts';
import { receiveHandler } from '../../functions/engine/run/receive.ts';
import { webhookHandler } from '../../functions/engine/run/serveWebhooks.ts';
import { webhookTaker } from '../../functions/engine/run/webhooks/webhookTaker.ts';
import { EVENTS } from '../../functions/webhooks/events.ts';
import type { Handler } from './pubsubRoute.ts';
import { output } from './terminal.ts';

/** What the routes work with. */
export interface WebhookSurroundings {
  readonly environment: Environment;
  readonly connector: Connector | undefined;
  /** Aborted when the process is to end. */
  readonly signal: AbortSignal;
}

/** The two ways in which webhooks come. */
export interface WebhookRoutes {
  /** From GitLab: published to WEBHOOK_TOPIC, or, where that is not set, brought to rows before they are answered. */
  readonly receive: Handler;
  /** From Pub/Sub. */
  readonly consume: Handler;
  /** Closes what is open when the last event is over. */
  readonly close: () => Promise<void>;
}

/** Opens both with one consumer, which is opened with the first event. */
export function webhookRoutes({
  environment,
  connector,
  signal,
}: WebhookSurroundings): WebhookRoutes {
  const taker = webhookTaker({
    ...{ catalog, events: EVENTS, environment, connector },
    // Events that are under way are soon settled, so nothing cuts them off.
    signal: new AbortController().signal,
    ...{ now: Date.now, random: Math.random, uuid: randomUUID },
    report: (fact, place) => {
      output.line(logLine(fact, new Date(), place));
    },
  });
  return {
    receive: receiveHandler({
      ...{ environment, now: Date.now, write: output.line },
      settle: taker.settle,
    }),
    consume: webhookHandler(taker, signal),
    close: taker.close,
  };
}
