import { createHash } from 'node:crypto';

import type { Catalog } from '../../catalog/selection.ts';
import { loadSettings } from '../../config/loadSettings.ts';
import type { Environment } from '../../config/settings.ts';
import { ERRORS, LoaderError } from '../../model/errors.ts';
import type { EventTable, WebhookEvent } from '../../model/webhookEvent.ts';
import { type Push, readPush, type RequestHeaders } from '../../trigger/pubsub.ts';
import type { RunEntrance } from '../openRun.ts';
import { type Consumer, openConsumer } from './openConsumer.ts';

/** What the consumer works with. */
export interface WebhookEntrance extends Pick<
  RunEntrance,
  'connector' | 'signal' | 'report' | 'now' | 'random' | 'uuid'
> {
  readonly catalog: Catalog;
  readonly events: EventTable;
  readonly environment: Environment;
}

/** What a call is answered with. */
export interface WebhookAnswer {
  readonly status: number;
  readonly body: object;
}

/**
 * Takes one push after the other, side by side: 200 when the event is settled, 503 when a later delivery may settle it, 500 when
 * its own body stands in the way, 400 for what is no push. What it opens, it keeps until something fails as a whole.
 */
export function webhookTaker(
  entrance: WebhookEntrance,
): (body: Buffer, headers: RequestHeaders) => Promise<WebhookAnswer> {
  let opened: Promise<Consumer> | undefined;
  const consumer = (): Promise<Consumer> => {
    opened ??= open(entrance).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return async (body, headers) => {
    try {
      const push = readPush(body, headers);
      if (push === undefined)
        throw new LoaderError('E_REQUEST', 'The request is no push of Pub/Sub.');
      const { outcome, again, error } = await (await consumer()).take(eventOf(push));
      if (again === 'no') return { status: 200, body: { outcome } };
      const refused = refusalOf(error);
      if (needsNewConsumer(error)) await reopen();
      return refused;
    } catch (error) {
      return refusalOf(error);
    }
  };

  /** A token or password that was replaced is read anew by the next event. */
  async function reopen(): Promise<void> {
    const old = opened;
    opened = undefined;
    await (await old)?.close();
  }
}

async function open({ environment, ...entrance }: WebhookEntrance): Promise<Consumer> {
  return openConsumer({ ...entrance, settings: await loadSettings(environment) });
}

/** The event that a message carries. */
export function eventOf({ data, attributes }: Pick<Push, 'data' | 'attributes'>): WebhookEvent {
  const { key = '', received_at: receivedAt = '' } = attributes;
  const instant = new Date(receivedAt);
  return {
    key: key === '' ? createHash('sha256').update(data).digest('hex') : key.slice(0, 200),
    data,
    receivedAt: Number.isNaN(instant.getTime()) ? undefined : instant,
  };
}

function needsNewConsumer(error: unknown): boolean {
  const codes: readonly string[] = ['E_GITLAB_AUTH', 'E_DATABASE_AUTH', 'E_DATABASE_RIGHT'];
  return error instanceof LoaderError && codes.includes(error.code);
}

function refusalOf(error: unknown): WebhookAnswer {
  if (!(error instanceof LoaderError))
    return { status: 500, body: { code: 'E_DEFECT', message: 'The loader has a defect.' } };
  const { code, message } = error;
  if (code === 'E_REQUEST') return { status: 400, body: { code, message } };
  return { status: ERRORS[code].kind === 'transient' ? 503 : 500, body: { code, message } };
}
