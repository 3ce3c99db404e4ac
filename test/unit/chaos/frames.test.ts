import { describe, expect, test } from 'vitest';

import { openFramer } from '../../../scripts/chaos/frames.ts';

const STARTUP = Buffer.from([0, 0, 0, 8, 0, 3, 0, 0]);

function query(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from('Q'), length, body]);
}

function kinds(...chunks: readonly Buffer[]): readonly string[] {
  const framer = openFramer();
  return chunks.flatMap((chunk) => framer(chunk).map(({ kind }) => kind));
}

describe('a framer', () => {
  test('finds messages whatever the chunks are', () => {
    const sent = Buffer.concat([STARTUP, query('select 1'), query('commit')]);
    const bytes = [...sent].map((byte) => Buffer.from([byte]));

    expect(kinds(sent)).toEqual(['message', 'message', 'commit']);
    expect(kinds(...bytes)).toEqual(['message', 'message', 'commit']);
  });

  test('gives every byte back', () => {
    const sent = Buffer.concat([STARTUP, query('select 1'), query('commit')]);
    const framer = openFramer();

    const frames = [...framer(sent.subarray(0, 11)), ...framer(sent.subarray(11))];

    expect(Buffer.concat(frames.map(({ bytes }) => bytes))).toEqual(sent);
  });

  test.each([
    { text: 'commit', kind: 'commit' },
    { text: 'select advance();\n;\ncommit', kind: 'commit' },
    { text: 'COMMIT;', kind: 'commit' },
    { text: 'rollback', kind: 'message' },
    { text: 'select committed', kind: 'message' },
    { text: "select 'commit'", kind: 'message' },
  ])('calls $text a $kind', ({ text, kind }) => {
    expect(kinds(STARTUP, query(text))).toEqual(['message', kind]);
  });
});
