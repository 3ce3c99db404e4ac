import type { Request, Response } from '@google-cloud/functions-framework';

import type { Environment } from '../config/settings.ts';
import { readReceiverSettings } from '../config/webhookSettings.ts';
import { openPublisher, type Publisher } from '../google/publish.ts';
import { publishTogether } from '../google/publishTogether.ts';
import { LoaderError } from '../model/errors.ts';
import type { ReceiverEvent } from '../model/webhook.ts';
import { receiverLine } from '../report/receiverLine.ts';
import { webhookAttributes } from '../trigger/webhookMessage.ts';
import { type ProvenWebhook, proveWebhook, type ProvingOptions } from './proveWebhook.ts';
import { publishWebhook } from './publishWebhook.ts';
import { keepSecrets } from './webhookSecrets.ts';

/** What the receiver of webhooks runs with. */
export interface ReceiverEntrance {
  readonly environment: Environment;
  readonly now: () => number;
  /** Takes each line of the log. */
  readonly write: (line: string) => void;
}

/** What is opened with the first request and kept. */
interface Receiver extends ProvingOptions {
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly tell: (event: ReceiverEvent) => void;
}

const REFUSALS_TOLD_MILLISECONDS = 60_000;

/**
 * Answers webhooks of GitLab: 202 once Pub/Sub has one, and when a genuine one is too large to pass on, because GitLab
 * disables hooks that are refused; 401 without a valid proof, 413 what GitLab cannot have sent, 503 what may
 * succeed when it is sent again. No answer has a body, so that nobody learns why.
 */
export function receiveHandler({ environment, now, write }: ReceiverEntrance) {
  const tell = (event: ReceiverEvent): void => {
    write(receiverLine(event, new Date(now())));
  };
  const tellRefusal = refusalTeller(now, tell);
  let receiver: Receiver | undefined;

  return async (request: Request, response: Response): Promise<void> => {
    if (request.method !== 'POST') {
      const isLook = request.method === 'GET' || request.method === 'HEAD';
      response
        .status(isLook ? 200 : 405)
        .set('allow', 'GET, HEAD, POST')
        .end();
      return;
    }
    try {
      receiver ??= openReceiver(environment, { now, tell });
      const proven = await proveWebhook(request, receiver);
      // What is left unread of a body ends the connection.
      if (proven.read.end === 'cut') response.set('connection', 'close');
      if (proven.sentBy === 'somebody') tellRefusal();
      response.status(await answerTo(proven, request, receiver)).end();
    } catch (error) {
      tell({ event: 'receiver-failed', ...reasonOf(error) });
      response.set('connection', 'close').status(503).end();
    }
  };
}

function openReceiver(
  environment: Environment,
  { now, tell }: Pick<Receiver, 'now' | 'tell'>,
): Receiver {
  const { topic, maxBytes, secrets } = readReceiverSettings(environment);
  const publisher = publishTogether(openPublisher(topic, environment));
  return { secrets: keepSecrets(secrets, now), publisher, maxBytes, now, tell };
}

async function answerTo(
  { sentBy, read }: ProvenWebhook,
  { headers }: Request,
  { publisher, now, tell }: Receiver,
): Promise<202 | 401 | 413 | 503> {
  if (sentBy === 'somebody') return 401;
  if (read.end === 'cut') return 413;
  const body = read.end === 'whole' ? read.body : Buffer.alloc(0);
  const attributes = webhookAttributes(headers, body, new Date(now()));
  const { key = '', event: hook = '' } = attributes;
  if (read.end === 'too-large') {
    tell({ event: 'webhook-too-large', key, hook, bytes: read.bytes });
    return 202;
  }
  try {
    await publishWebhook(publisher, { data: body, attributes }, now);
  } catch (error) {
    tell({ event: 'webhook-failed', key, ...reasonOf(error) });
    return 503;
  }
  if (attributes['kind'] === undefined) tell({ event: 'webhook-unreadable', key, hook });
  return 202;
}

/** Counts refused requests and tells of the first at once, of the others each minute: anybody can send them. */
function refusalTeller(now: () => number, tell: (event: ReceiverEvent) => void): () => void {
  let untold = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  return () => {
    untold += 1;
    if (now() - toldAt < REFUSALS_TOLD_MILLISECONDS) return;
    tell({ event: 'webhook-refused', requests: untold });
    toldAt = now();
    untold = 0;
  };
}

function reasonOf(error: unknown): { readonly code: string; readonly error: string } {
  return error instanceof LoaderError
    ? { code: error.code, error: error.message }
    : { code: 'E_DEFECT', error: 'The receiver has a defect.' };
}
