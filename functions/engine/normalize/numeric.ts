const NEGATIVE = 0x4000;

/** A decimal literal without exponent (`-12.50`) in PostgreSQL's binary form of `numeric`. */
export function numericBytes(literal: string): Buffer {
  const negative = literal.startsWith('-');
  const [whole = '', fraction = ''] = literal.replace(/^[+-]/, '').split('.');
  const left = whole.padStart(Math.ceil(whole.length / 4) * 4, '0');
  const right = fraction.padEnd(Math.ceil(fraction.length / 4) * 4, '0');
  const digits = (left + right).match(/\d{4}/g) ?? [];
  const bytes = Buffer.alloc(8 + digits.length * 2);
  bytes.writeInt16BE(digits.length, 0);
  bytes.writeInt16BE(left.length / 4 - 1, 2);
  bytes.writeUInt16BE(negative ? NEGATIVE : 0, 4);
  bytes.writeInt16BE(fraction.length, 6);
  digits.forEach((digit, index) => bytes.writeInt16BE(Number(digit), 8 + index * 2));
  return bytes;
}
