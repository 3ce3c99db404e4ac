import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';

import type { Catalog } from '../../catalog/selection.ts';
import { loadSettings } from '../../config/loadSettings.ts';
import type { Environment } from '../../config/settings.ts';
import { LoaderError } from '../../model/errors.ts';
import type { RunEvent } from '../../model/events.ts';
import type { EventOutcome, EventTable, WebhookEvent } from '../../model/webhookEvent.ts';
import { type LogPlace, logPlace } from '../../report/logPlace.ts';
import { type Message, readPush, type RequestHeaders } from '../../trigger/pubsub.ts';
import { type Answer, refusalOf } from '../answer.ts';
import type { RunEntrance } from '../openRun.ts';
import { keepConsumer } from './keepConsumer.ts';
import { openConsumer } from './openConsumer.ts';

/** What the consumer works with. */
export interface WebhookEntrance extends Pick<
  RunEntrance,
  'connector' | 'signal' | 'now' | 'random' | 'uuid'
> {
  readonly catalog: Catalog;
  readonly events: EventTable;
  readonly environment: Environment;
  /** Takes each fact with its place in the log, which is that of the request that brought the event. */
  readonly report: (fact: RunEvent, place: LogPlace) => void;
}

/** The event that is worked on, and the request that brought it. */
interface Call {
  readonly event: WebhookEvent;
  readonly headers: RequestHeaders;
}

/** Takes one event after the other, side by side. What it opens, it keeps until something fails as a whole. */
export interface WebhookTaker {
  /**
   * Takes a push of Pub/Sub: 200 when the event is settled, 503 when a later delivery may settle it, 500 when its own body
   * stands in the way, 400 for what is no push.
   */
  readonly takePush: (body: Buffer, headers: RequestHeaders) => Promise<Answer>;
  /** Resolves when the event is settled; rejects with what keeps it from that. */
  readonly settle: (message: Message, headers: RequestHeaders) => Promise<EventOutcome>;
  /** Closes what is open, when the last event is over. */
  readonly close: () => Promise<void>;
}

/** Nothing is opened before the first event. */
export function webhookTaker({ report, ...entrance }: WebhookEntrance): WebhookTaker {
  const { environment, uuid } = entrance;
  const calls = new AsyncLocalStorage<Call>();
  const consumers = keepConsumer(async () => {
    const runId = uuid();
    const place = (): LogPlace => placeOf(calls.getStore(), { runId, environment });
    return openConsumer({
      ...entrance,
      settings: await loadSettings(environment),
      uuid: () => runId,
      report: (fact) => {
        report(fact, place());
      },
    });
  });
  const settle: WebhookTaker['settle'] = (message, headers) => {
    const event = eventOf(message);
    return calls.run({ event, headers }, () =>
      consumers.use(async (consumer, replace) => {
        const { outcome, again, error } = await consumer.take(event);
        if (again === 'no') return outcome;
        if (needsNewConsumer(error)) replace();
        throw error;
      }),
    );
  };
  return {
    settle,
    close: consumers.close,
    takePush: async (body, headers) => {
      try {
        const outcome = await settle(requirePush(body, headers), headers);
        return { status: 200, headers: {}, body: { outcome } };
      } catch (error) {
        return refusalOf(error);
      }
    },
  };
}

/** Beside the other lines of the same request, as those of a family. */
function placeOf(
  call: Call | undefined,
  { runId, environment }: Pick<WebhookEntrance, 'environment'> & { readonly runId: string },
): LogPlace {
  const project = environment['GOOGLE_CLOUD_PROJECT'];
  const event = call === undefined ? {} : { event_key: call.event.key };
  const labels = { family: 'webhooks', run_id: runId, ...event };
  return logPlace(call?.headers ?? {}, { project, labels });
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
