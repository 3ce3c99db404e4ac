import type { IncomingHttpHeaders } from 'node:http';

import type { Request, Response } from '@google-cloud/functions-framework';

import type { Environment } from '../config/settings.ts';
import { readReceiverSettings } from '../config/webhookSettings.ts';
import { openPublisher } from '../google/publish.ts';
import { publishTogether } from '../google/publishTogether.ts';
import { type ErrorCode, LoaderError } from '../model/errors.ts';
import type { ReceiverEvent } from '../model/webhook.ts';
import { receiverLine } from '../report/receiverLine.ts';
import type { Message } from '../trigger/pubsub.ts';
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
  /** Takes webhooks where WEBHOOK_TOPIC is not set; resolves when one need not be sent again. Without it the topic must be set. */
  readonly settle?: Deliver;
}

/** Rejects when the webhook must be sent again. */
type Deliver = (message: Message, headers: IncomingHttpHeaders) => Promise<unknown>;

/** What is opened with the first request and kept. */
interface Receiver extends ProvingOptions {
  readonly deliver: Deliver;
  readonly tell: (event: ReceiverEvent) => void;
}

const REFUSALS_TOLD_MILLISECONDS = 60_000;

/**
 * Answers webhooks of GitLab: 202 once Pub/Sub has one or `settle` is done with it, and when a genuine one is too large to pass
 * on or cannot be settled for what is in it, because GitLab disables hooks that fail; 401 without a valid proof, 413 what GitLab cannot have sent, 503 what may
 * succeed when it is sent again. No answer has a body, so that nobody learns why.
 */
export function receiveHandler(entrance: ReceiverEntrance) {
  const { now, write } = entrance;
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
      receiver ??= openReceiver(entrance, tell);
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
  { environment, now, settle }: ReceiverEntrance,
  tell: Receiver['tell'],
): Receiver {
  const needs = settle === undefined ? 'required' : 'optional';
  const { topic, maxBytes, secrets } = readReceiverSettings(environment, needs);
  const deliver = topic === undefined ? settle : publishing(topic, environment, now);
  if (deliver === undefined) throw new Error('neither a topic nor anybody takes webhooks');
  return { secrets: keepSecrets(secrets, now), deliver, maxBytes, now, tell };
}

function publishing(topic: string, environment: Environment, now: () => number): Deliver {
  const publisher = publishTogether(openPublisher(topic, environment));
  return (message) => publishWebhook(publisher, message, now);
}

async function answerTo(
  { sentBy, read }: ProvenWebhook,
  { headers }: Request,
  { deliver, now, tell }: Receiver,
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
    await deliver({ data: body, attributes }, headers);
  } catch (error) {
    return tellUndelivered(key, error, tell);
  }
  if (attributes['kind'] === undefined) tell({ event: 'webhook-unreadable', key, hook });
  return 202;
}

/** What a webhook itself brings along: GitLab disables hooks that fail several times, and the same would fail again. */
const OWN_FAULTS: ReadonlySet<string> = new Set<ErrorCode>(['E_WEBHOOK_EVENT', 'E_CONTRACT']);

/** The answer to a genuine webhook that was not delivered. */
function tellUndelivered(key: string, error: unknown, tell: Receiver['tell']): 202 | 503 {
  const reason = reasonOf(error);
  const isLeft = OWN_FAULTS.has(reason.code);
  tell({ event: isLeft ? 'webhook-left' : 'webhook-failed', key, ...reason });
  return isLeft ? 202 : 503;
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
