import { LoaderError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';

/** Headers of a request as Node gives them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a sender says. */
export interface Message {
  /** The message's own bytes. */
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One message that Pub/Sub delivered, in whatever form. */
export interface Push extends Message {
  /** Empty when the sender named none. */
  readonly messageId: string;
  /** From 1; only subscriptions with a dead-letter topic count. */
  readonly deliveryAttempt?: number;
  readonly publishTime?: Date;
}

/**
 * Reads what Pub/Sub sends: a push body, a CloudEvent in binary or structured mode, or a push without wrapper whose
 * metadata stands in headers. Undefined when it is none of them; throws E_REQUEST when an envelope is broken.
 */
export function readPush(body: Buffer, headers: RequestHeaders): Push | undefined {
  const envelope = readEnvelope(body);
  if (envelope !== undefined) return readMessage(envelope, textOf(headers['ce-id']));
  const messageId = textOf(headers['x-goog-pubsub-message-id']);
  if (messageId === undefined) return undefined;
  return {
    data: body,
    attributes: attributeHeaders(headers),
    messageId,
    ...publishedAt(textOf(headers['x-goog-pubsub-publish-time'])),
  };
}

interface Envelope {
  readonly message: JsonObject;
  readonly deliveryAttempt: unknown;
  /** The id of the event around it. */
  readonly eventId: unknown;
}

/** A CloudEvent in structured mode has around it what others have in headers. */
function readEnvelope(body: Buffer): Envelope | undefined {
  const outer = parseObject(body);
  if (outer === undefined) return undefined;
  const isEvent = typeof outer['specversion'] === 'string';
  const inner = isEvent ? eventData(outer) : outer;
  const message = inner?.['message'];
  if (!isJsonObject(message)) return undefined;
  const eventId = isEvent ? outer['id'] : undefined;
  return { message, deliveryAttempt: inner?.['deliveryAttempt'], eventId };
}

function eventData({ data, data_base64: encoded }: JsonObject): JsonObject | undefined {
  if (typeof encoded === 'string') return parseObject(Buffer.from(encoded, 'base64'));
  return isJsonObject(data) ? data : undefined;
}

const OPENING_BRACE = 0x7b;

/** Undefined for whatever is no `{…}`; a message without wrapper may hold anything. */
function parseObject(body: Buffer): JsonObject | undefined {
  const start = body.findIndex((byte) => byte > 0x20);
  if (body[start] !== OPENING_BRACE) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return isJsonObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function readMessage(
  { message, deliveryAttempt, eventId }: Envelope,
  headerId: string | undefined,
): Push {
  const { data = '', attributes = {} } = message;
  if (typeof data !== 'string') throw broken("'message.data', expected base64");
  if (!isJsonObject(attributes) || !isTexts(attributes))
    throw broken("'message.attributes', expected texts");
  const ids = [message['messageId'], message['message_id'], eventId, headerId];
  return {
    data: Buffer.from(data, 'base64'),
    attributes,
    messageId: ids.map(textOf).find((id) => id !== undefined) ?? '',
    ...(typeof deliveryAttempt === 'number' ? { deliveryAttempt } : {}),
    ...publishedAt(textOf(message['publishTime'] ?? message['publish_time'])),
  };
}

function isTexts(attributes: JsonObject): attributes is Readonly<Record<string, string>> {
  return Object.values(attributes).every((value) => typeof value === 'string');
}

function publishedAt(text: string | undefined): { readonly publishTime?: Date } {
  const publishTime = new Date(text ?? Number.NaN);
  return Number.isNaN(publishTime.getTime()) ? {} : { publishTime };
}

/** Headers that HTTP, proxies and the platform bring; every other one is an attribute of the message. */
const OWN_HEADERS = new RegExp(
  '^(?:(?:x-goog|x-forwarded|x-cloud|x-serverless|x-appengine|ce|content|accept|sec|proxy)-.*' +
    '|accept|authorization|connection|cookie|date|expect|forwarded|from|function-execution-id|host|keep-alive' +
    '|te|traceparent|tracestate|trailer|transfer-encoding|upgrade|user-agent|via)$',
);

function attributeHeaders(headers: RequestHeaders): Readonly<Record<string, string>> {
  const found = Object.entries(headers).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === undefined || OWN_HEADERS.test(name) ? [] : [[name, text] as const];
  });
  return Object.fromEntries(found);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function broken(what: string): LoaderError {
  return new LoaderError('E_REQUEST', `The push of Pub/Sub has a wrong ${what}.`);
}
