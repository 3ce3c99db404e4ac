import { once } from 'node:events';
import type { Writable } from 'node:stream';

import type { ClientBase } from 'pg';
import copyFrom from 'pg-copy-streams/copy-from.js';

import type { Sql } from './sql.ts';

/** Smaller writes cost several times the CPU. */
const CHUNK_BYTES = 64 * 1024;

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER = Buffer.concat([SIGNATURE, Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);

/** Puts the header before and the trailer after the tuples of a `COPY … (format binary)`. */
export function* binaryCopy(tuples: Iterable<Buffer>): Generator<Buffer> {
  yield HEADER;
  yield* tuples;
  yield TRAILER;
}

/** Sends the chunks as the input of a `COPY … FROM STDIN`, no faster than the server reads; returns the rows copied. */
export function copyIn(client: ClientBase, text: Sql, chunks: Iterable<Buffer>): Promise<number> {
  const stream = client.query(copyFrom(text));
  return new Promise((resolve, reject) => {
    // Stays attached: a connection that breaks may report more than one error.
    stream.on('error', reject);
    send(stream, chunks).then(
      () => {
        resolve(stream.rowCount);
      },
      (error: unknown) => {
        reject(error);
        stream.destroy(new Error('the sender gave up'));
      },
    );
  });
}

async function send(stream: Writable, chunks: Iterable<Buffer>): Promise<void> {
  for (const block of blocks(chunks)) {
    if (!stream.write(block)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

function* blocks(chunks: Iterable<Buffer>): Generator<Buffer> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    gathered.push(chunk);
    bytes += chunk.length;
    if (bytes < CHUNK_BYTES) continue;
    yield gathered.length === 1 ? chunk : Buffer.concat(gathered, bytes);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered, bytes);
}
