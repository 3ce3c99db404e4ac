import { gunzipSync } from 'node:zlib';

import type { Exchange } from './exchange.ts';

/** Large chunks keep zlib from copying a page thirty times. */
const CHUNK_BYTES = 1 << 19;

type Decoded =
  | { readonly kind: 'text'; readonly text: string }
  | Extract<Exchange, { readonly kind: 'broken' | 'too-large' }>;

/** The body as text, or why it cannot be read. */
export function decodeBody(
  bytes: Uint8Array,
  contentEncoding: string | undefined,
  maxBodyBytes: number,
): Decoded {
  if (bytes.byteLength > maxBodyBytes) return { kind: 'too-large' };
  if (bytes.byteLength === 0) return { kind: 'text', text: '' };
  switch ((contentEncoding ?? '').trim().toLowerCase()) {
    case '':
    case 'identity':
      return { kind: 'text', text: utf8(bytes) };
    case 'gzip':
    case 'x-gzip':
      return gunzip(bytes, maxBodyBytes);
    default:
      return broken('UNKNOWN_ENCODING', 'The body has an encoding that was not asked for.');
  }
}

function gunzip(bytes: Uint8Array, maxBodyBytes: number): Decoded {
  try {
    const plain = gunzipSync(bytes, { chunkSize: CHUNK_BYTES, maxOutputLength: maxBodyBytes });
    return { kind: 'text', text: utf8(plain) };
  } catch (error) {
    const { code = 'BROKEN_GZIP' } = error as { readonly code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') return { kind: 'too-large' };
    return broken(code, 'The body is not whole gzip.');
  }
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function broken(code: string, message: string): Extract<Exchange, { kind: 'broken' }> {
  return { kind: 'broken', where: 'body', cause: { code, message } };
}
