import type { RunRequest } from '../model/run.ts';
import { readPush, type RequestHeaders } from './pubsub.ts';
import { readRequest } from './request.ts';

/** What arrived at a function. */
export interface Call {
  readonly body: Buffer;
  readonly headers: RequestHeaders;
}

/**
 * Reads a call of a family's function: a JSON body from Cloud Scheduler, Cloud Tasks or a person, or a message of
 * Pub/Sub that holds the same. A tick of Scheduler and a message carry their instant, so that a repeated one finds
 * nothing to do. Throws E_REQUEST.
 */
export function readCall({ body, headers }: Call, family: string): RunRequest {
  const push = readPush(body, headers);
  if (push !== undefined) {
    const asOf = push.publishTime?.toISOString();
    return readRequest(push.data.toString('utf8'), { family, trigger: 'pubsub', asOf });
  }
  const tick = headers['x-cloudscheduler-scheduletime'];
  const asOf = typeof tick === 'string' ? tick : undefined;
  const trigger = asOf === undefined ? 'manual' : 'schedule';
  return readRequest(body.toString('utf8'), { family, trigger, asOf });
}
