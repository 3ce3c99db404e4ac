/** One message of a client of PostgreSQL, whole. */
export interface Frame {
  readonly bytes: Buffer;
  /** Whether the message asks the server to commit a transaction. */
  readonly kind: 'commit' | 'message';
}

/** Cuts what a client sends into messages; what is not whole yet waits for the next chunk. */
export type Framer = (chunk: Buffer) => readonly Frame[];

const LENGTH_BYTES = 4;
const QUERY = 'Q'.charCodeAt(0);
const COMMIT = /\bcommit;?\s*\0$/i;
const COMMIT_TAIL_BYTES = 16;

/** Opens the framer of one connection without encryption, which begins with a message that has no type. */
export function openFramer(): Framer {
  let waiting = Buffer.alloc(0);
  let typeBytes = 0;
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    const frames: Frame[] = [];
    while (waiting.length >= typeBytes + LENGTH_BYTES) {
      const size = typeBytes + waiting.readInt32BE(typeBytes);
      if (waiting.length < size) break;
      const bytes = waiting.subarray(0, size);
      waiting = waiting.subarray(size);
      frames.push({ bytes, kind: typeBytes === 1 && isCommit(bytes) ? 'commit' : 'message' });
      typeBytes = 1;
    }
    return frames;
  };
}

/** COMMIT is the last statement of a simple query, if it is in one. */
function isCommit(bytes: Buffer): boolean {
  if (bytes[0] !== QUERY) return false;
  return COMMIT.test(bytes.subarray(-COMMIT_TAIL_BYTES).toString('latin1'));
}
