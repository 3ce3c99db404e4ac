/** The few forms of ASN.1's distinguished encoding that a certificate is made of. */

/** Several values as one. */
export function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

/** A set of one value. */
export function set(part: Buffer): Buffer {
  return tagged(0x31, part);
}

/** A positive integer. */
export function integer(bytes: Buffer): Buffer {
  const isNegative = (bytes[0] ?? 0) >= 0x80;
  return tagged(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

/** An object identifier such as `2.5.4.3`. */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Whole bytes, or the bits that a mask shows. */
export function bitString(bytes: Buffer, unusedBits = 0): Buffer {
  return tagged(0x03, Buffer.from([unusedBits]), bytes);
}

/** Bytes that hold another encoding. */
export function octetString(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

/** Text. */
export function utf8String(text: string): Buffer {
  return tagged(0x0c, Buffer.from(text));
}

/** The truth. */
export const isTrue = Buffer.from([0x01, 0x01, 0xff]);

/** A second in time. */
export function generalizedTime(time: Date): Buffer {
  return tagged(0x18, Buffer.from(`${time.toISOString().replaceAll(/[-:T]|\..*/g, '')}Z`));
}

/** Parts behind a tag and their length. */
export function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content)]), content]);
}

function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function base128(number: number): readonly number[] {
  const low = number & 0x7f;
  return number < 0x80 ? [low] : [...base128(number >> 7).map((byte) => byte | 0x80), low];
}
