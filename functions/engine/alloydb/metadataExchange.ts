import { AlloydbError } from './errors.ts';

/** How the database is logged in to, by its number in the protocol. */
export const AUTH_TYPES = { PASSWORD: 1, IAM: 2 } as const;

/** How the database is logged in to. */
export type AuthType = keyof typeof AUTH_TYPES;

/** Both messages have their length before them: 32 bits, most significant byte first. */
export const LENGTH_BYTES = 4;

/** The largest message that either side sends. */
export const MESSAGE_LIMIT_BYTES = 16_384;

/** What the client tells the server about itself. */
export interface ExchangeRequest {
  readonly userAgent: string;
  readonly authType: AuthType;
  readonly token: string;
}

/** What the server answers; `error` is its own sentence. */
export type ExchangeResponse =
  { readonly accepted: true } | { readonly accepted: false; readonly error: string };

const USER_AGENT = 1;
const AUTH_TYPE = 2;
const TOKEN = 3;
const RESPONSE_CODE = 1;
const RESPONSE_ERROR = 2;
const RESPONSE_OK = 1;

/** Wire types of Protocol Buffers. */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** Encodes the request with its length before it. */
export function encodeRequest({ userAgent, authType, token }: ExchangeRequest): Buffer {
  const message = Buffer.concat([
    textField(USER_AGENT, userAgent),
    varint((AUTH_TYPE << 3) | VARINT),
    varint(AUTH_TYPES[authType]),
    textField(TOKEN, token),
  ]);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

/** Decodes a response without its length; fields that it does not know are passed over. */
export function decodeResponse(message: Buffer): ExchangeResponse {
  const fields = readFields(message);
  if (fields.get(RESPONSE_CODE) === RESPONSE_OK) return { accepted: true };
  const error = fields.get(RESPONSE_ERROR);
  return { accepted: false, error: Buffer.isBuffer(error) ? error.toString('utf8') : '' };
}

function textField(field: number, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([varint((field << 3) | LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function readFields(message: Buffer): ReadonlyMap<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;

  function take(length: number): Buffer {
    if (at + length > message.length) throw malformed();
    at += length;
    return message.subarray(at - length, at);
  }
  function takeVarint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift += 1) {
      const byte = take(1).readUInt8();
      value += (byte & 0x7f) * 2 ** (7 * shift);
      if (byte < 0x80) return value;
    }
    throw malformed();
  }
  function takeValue(wireType: number): number | Buffer {
    if (wireType === VARINT) return takeVarint();
    if (wireType === LENGTH_DELIMITED) return take(takeVarint());
    if (wireType === FIXED_64) return take(8);
    if (wireType === FIXED_32) return take(4);
    throw malformed();
  }

  while (at < message.length) {
    const tag = takeVarint();
    fields.set(tag >>> 3, takeValue(tag & 7));
  }
  return fields;
}

function malformed(): AlloydbError {
  return new AlloydbError(
    'EXCHANGE_FAILED',
    'The answer to the metadata exchange is not a message of its protocol.',
  );
}
