import type { Request, Response } from '@google-cloud/functions-framework';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { readPush } from '../../functions/engine/trigger/pubsub.ts';
import { readBody } from '../../functions/engine/trigger/readBody.ts';

/** Answers one call. */
export type Handler = (request: Request, response: Response) => Promise<void>;

const LIMITS = { keepBytes: 1 << 20, readBytes: 1 << 20, milliseconds: 30_000 } as const;

/** Hands a push of Pub/Sub to the function that the message's attribute `family` names. */
export function pubsubRoute(families: ReadonlyMap<string, Handler>): Handler {
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.status(405).set('allow', 'POST').json({ message: 'Messages come with POST.' });
      return;
    }
    try {
      const read = await readBody(request, LIMITS);
      const body = read.end === 'whole' ? read.body : Buffer.alloc(0);
      // The function reads it again.
      request.rawBody = body;
      await familyOf(body, request, families)(request, response);
    } catch (error) {
      if (!(error instanceof LoaderError)) throw error;
      response.status(400).json({ code: error.code, message: error.message });
    }
  };
}

function familyOf(
  body: Buffer,
  { headers }: Request,
  families: ReadonlyMap<string, Handler>,
): Handler {
  const push = readPush(body, headers);
  if (push === undefined)
    throw new LoaderError('E_REQUEST', 'The request is no push of Pub/Sub, which /pubsub expects.');
  const { family = '' } = push.attributes;
  const handler = families.get(family);
  if (handler !== undefined) return handler;
  throw new LoaderError(
    'E_REQUEST',
    `The message's attribute 'family' is '${family}'; known are ${[...families.keys()].join(', ')}.`,
  );
}
