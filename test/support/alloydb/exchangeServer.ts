/** What a client says in the metadata exchange. */
export interface Exchange {
  readonly userAgent: string;
  /** 1 is a login with a password, 2 one with IAM. */
  readonly authType: number;
  readonly token: string;
}

/** Decodes a request by walking over its bytes, not with the code under test. */
export function decodeExchange(message: Buffer): Exchange {
  const fields = new Map<number, Buffer | number>();
  for (let at = 0; at < message.length;) {
    const [tag, afterTag] = varintAt(message, at);
    const [value, afterValue] = varintAt(message, afterTag);
    const isText = tag % 8 === 2;
    fields.set(
      Math.floor(tag / 8),
      isText ? message.subarray(afterValue, afterValue + value) : value,
    );
    at = isText ? afterValue + value : afterValue;
  }
  return {
    userAgent: String(fields.get(1)),
    authType: Number(fields.get(2)),
    token: String(fields.get(3)),
  };
}

/** Encodes an answer with its length before it; 1 is OK, 2 an error, which has at most 127 bytes. */
export function encodeExchangeAnswer(answer: {
  readonly code: number;
  readonly error?: string;
}): Buffer {
  const error = Buffer.from(answer.error ?? '');
  const text = error.length === 0 ? [] : [0x12, error.length, ...error];
  const message = [0x08, answer.code, ...text];
  return Buffer.from([0, 0, 0, message.length, ...message]);
}

function varintAt(message: Buffer, at: number): readonly [number, number] {
  const byte = message.readUInt8(at);
  if (byte < 0x80) return [byte, at + 1];
  const [rest, next] = varintAt(message, at + 1);
  return [(byte & 0x7f) + rest * 128, next];
}
