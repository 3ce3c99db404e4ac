import { OVERSIZE } from './detour.ts';

const INITIAL_BYTES = 1 << 16;
const TWO_TO_32 = 2 ** 32;
const LONG_TEXT = 1 << 20;

/** A place to which a writer can return, so that half a page leaves nothing behind. */
export interface Mark {
  readonly length: number;
  readonly rows: number;
}

/** Writes tuples of one table in PostgreSQL's binary COPY format into one growing buffer. */
export class TupleWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;
  #rows = 0;
  #limit = Infinity;

  /** Tuples begun since the last `take`. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes written since the last `take`. */
  get length(): number {
    return this.#length;
  }

  /** Lets so many bytes more be written; what is certainly more is refused with OVERSIZE before it takes memory. */
  limit(bytes: number): void {
    this.#limit = this.#length + bytes + 3 * LONG_TEXT;
  }

  /** Begins a tuple of `columns` fields; each must then be written, in order. */
  begin(columns: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(columns, this.#length);
    this.#rows += 1;
  }

  null(): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(-1, this.#length);
  }

  /** `value` must be a safe integer. */
  int64(value: number): void {
    this.#reserve(12);
    const high = Math.floor(value / TWO_TO_32);
    let at = this.#buffer.writeInt32BE(8, this.#length);
    at = this.#buffer.writeInt32BE(high, at);
    this.#length = this.#buffer.writeUInt32BE(value - high * TWO_TO_32, at);
  }

  /** `value` must fit 64 bits. */
  bigint64(value: bigint): void {
    this.#reserve(12);
    const at = this.#buffer.writeInt32BE(8, this.#length);
    this.#length = this.#buffer.writeBigInt64BE(value, at);
  }

  double(value: number): void {
    this.#reserve(12);
    const at = this.#buffer.writeInt32BE(8, this.#length);
    this.#length = this.#buffer.writeDoubleBE(value, at);
  }

  bool(value: boolean): void {
    this.#reserve(5);
    const at = this.#buffer.writeInt32BE(1, this.#length);
    this.#length = this.#buffer.writeUInt8(value ? 1 : 0, at);
  }

  /** Lone surrogates become U+FFFD; the caller has removed NUL characters. */
  text(value: string): void {
    this.#reserve(4 + mostBytes(value));
    const bytes = this.#buffer.write(value, this.#length + 4, 'utf8');
    this.#buffer.writeInt32BE(bytes, this.#length);
    this.#length += 4 + bytes;
  }

  /** jsonb on the wire: a version byte, then the text. */
  jsonb(value: string): void {
    this.#reserve(5 + mostBytes(value));
    const bytes = this.#buffer.write(value, this.#length + 5, 'utf8');
    this.#buffer.writeInt32BE(bytes + 1, this.#length);
    this.#buffer[this.#length + 4] = 1;
    this.#length += 5 + bytes;
  }

  int32(value: number): void {
    this.#reserve(8);
    const at = this.#buffer.writeInt32BE(4, this.#length);
    this.#length = this.#buffer.writeInt32BE(value, at);
  }

  /** A value that is already in PostgreSQL's binary form. */
  bytes(value: Buffer): void {
    this.#reserve(4 + value.length);
    const at = this.#buffer.writeInt32BE(value.length, this.#length);
    this.#length = at + value.copy(this.#buffer, at);
  }

  /** Lets `write` fill eight bytes in place; when it refuses, nothing was written. */
  eightBytes(write: (buffer: Buffer, offset: number) => boolean): boolean {
    this.#reserve(12);
    if (!write(this.#buffer, this.#length + 4)) return false;
    this.#buffer.writeInt32BE(8, this.#length);
    this.#length += 12;
    return true;
  }

  mark(): Mark {
    return { length: this.#length, rows: this.#rows };
  }

  /** Forgets everything written since `mark`. */
  reset(mark: Mark): void {
    this.#length = mark.length;
    this.#rows = mark.rows;
  }

  /** Hands over what was written and starts anew; the caller owns the returned bytes. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#length);
    this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#length = 0;
    this.#rows = 0;
    return taken;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    if (needed > this.#limit) throw OVERSIZE;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** A long text is counted, so that it takes no three times its memory. */
function mostBytes(text: string): number {
  return text.length < LONG_TEXT ? text.length * 3 : Buffer.byteLength(text);
}
