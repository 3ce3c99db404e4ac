import { type Json, serialize } from './json.ts';

/** An answer before it is encoded for the wire. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request that GitLab refuses, with its answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`The request is refused with ${String(reply.status)}.`);
    this.reply = reply;
  }
}

const JSON_TYPE = { 'Content-Type': 'application/json' };
const OPEN = Buffer.from('[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']');

/** A JSON answer. */
export function json(
  value: Json,
  headers: Readonly<Record<string, string>> = {},
  status = 200,
): Reply {
  return { status, headers: { ...JSON_TYPE, ...headers }, body: Buffer.from(serialize(value)) };
}

/** A JSON list made of texts that are ready. */
export function jsonList(
  texts: readonly Buffer[],
  headers: Readonly<Record<string, string>>,
): Reply {
  const parts = texts.flatMap((text, index) => (index === 0 ? [text] : [COMMA, text]));
  return {
    status: 200,
    headers: { ...JSON_TYPE, ...headers },
    body: Buffer.concat([OPEN, ...parts, CLOSE]),
  };
}

/** A refusal with `{"message": ...}`. */
export function refuse(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal(json({ message }, headers, status));
}

/** A refusal with `{"error": ...}`, as parameter checks answer. */
export function reject(status: number, error: string): Refusal {
  return new Refusal(json({ error }, {}, status));
}
