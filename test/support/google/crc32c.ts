const REVERSED_POLYNOMIAL = 0x82f63b78;

/** CRC32C (Castagnoli), bit by bit. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1)
      sum = (sum >>> 1) ^ ((sum & 1) === 1 ? REVERSED_POLYNOMIAL : 0);
  }
  return (sum ^ 0xffffffff) >>> 0;
}
