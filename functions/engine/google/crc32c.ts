const REVERSED_POLYNOMIAL = 0x82f63b78;

let table: Uint32Array | undefined;

/** CRC32C (Castagnoli), the checksum that Google's APIs send along. `zlib` has another CRC-32 only. */
export function crc32c(bytes: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => shifted(byte));
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (table[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

function shifted(byte: number): number {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1)
    sum = (sum & 1) === 1 ? (sum >>> 1) ^ REVERSED_POLYNOMIAL : sum >>> 1;
  return sum;
}
