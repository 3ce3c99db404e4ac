import { createHash } from 'node:crypto';

import type { Catalog } from '../../catalog/selection.ts';
import { loadSettings } from '../../config/loadSettings.ts';
import type { Environment } from '../../config/settings.ts';
import { LoaderError } from '../../model/errors.ts';
import type { EventOutcome, EventTable, WebhookEvent } from '../../model/webhookEvent.ts';
import { type Message, readPush, type RequestHeaders } from '../../trigger/pubsub.ts';
import { type Answer, refusalOf } from '../answer.ts';
import type { RunEntrance } from '../openRun.ts';
import { keepConsumer } from './keepConsumer.ts';
import { openConsumer } from './openConsumer.ts';

/** What the consumer works with. */
export interface WebhookEntrance extends Pick<
  RunEntrance,
  'connector' | 'signal' | 'report' | 'now' | 'random' | 'uuid'
> {
  readonly catalog: Catalog;
  readonly events: EventTable;
  readonly environment: Environment;
}

/** Takes one event after the other, side by side. What it opens, it keeps until something fails as a whole. */
export interface WebhookTaker {
  /**
   * Takes a push of Pub/Sub: 200 when the event is settled, 503 when a later delivery may settle it, 500 when its own body
   * stands in the way, 400 for what is no push.
   */
  readonly takePush: (body: Buffer, headers: RequestHeaders) => Promise<Answer>;
  /** Resolves when the event is settled; rejects with what keeps it from that. */
  readonly settle: (message: Message) => Promise<EventOutcome>;
  /** Closes what is open, when the last event is over. */
  readonly close: () => Promise<void>;
}

/** Nothing is opened before the first event. */
export function webhookTaker({ environment, ...surroundings }: WebhookEntrance): WebhookTaker {
  const consumers = keepConsumer(async () =>
    openConsumer({ ...surroundings, settings: await loadSettings(environment) }),
  );
  const settle = (message: Message): Promise<EventOutcome> =>
    consumers.use(async (consumer, replace) => {
      const { outcome, again, error } = await consumer.take(eventOf(message));
      if (again === 'no') return outcome;
      if (needsNewConsumer(error)) replace();
      throw error;
    });
  return {
    settle,
    close: consumers.close,
    takePush: async (body, headers) => {
      try {
        const outcome = await settle(requirePush(body, headers));
        return { status: 200, headers: {}, body: { outcome } };
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

function requirePush(body: Buffer, headers: RequestHeaders): Message {
  const push = readPush(body, headers);
  if (push !== undefined) return push;
  throw new LoaderError('E_REQUEST', 'The request is no push of Pub/Sub.');
}

function eventOf({ data, attributes }: Message): WebhookEvent {
  const { key = '', received_at: receivedAt = '' } = attributes;
  const instant = new Date(receivedAt);
  return {
    key: key === '' ? createHash('sha256').update(data).digest('hex') : key.slice(0, 200),
    data,
    receivedAt: Number.isNaN(instant.getTime()) ? undefined : instant,
  };
}

/** A token or password that was replaced is read anew by the next consumer. */
function needsNewConsumer(error: unknown): boolean {
  const codes: readonly string[] = ['E_GITLAB_AUTH', 'E_DATABASE_AUTH', 'E_DATABASE_RIGHT'];
  return error instanceof LoaderError && codes.includes(error.code);
}
