import { describe, expect, test } from 'vitest';

import { concatAhead, prefetch } from '../../../functions/engine/extract/prefetch.ts';
import { collect } from './collect.ts';

async function* count(to: number, seen: number[] = []): AsyncGenerator<number, void, undefined> {
  for (let value = 1; value <= to; value += 1) {
    seen.push(value);
    await Promise.resolve();
    yield value;
  }
}

async function* failing(): AsyncGenerator<number, void, undefined> {
  yield* count(2);
  throw new Error('third');
}

function nothing(): void {
  return;
}

describe('prefetch', () => {
  test('keeps the order and ends', async () => {
    expect(await collect(prefetch(count(5), { ahead: 2, stop: nothing }))).toEqual([1, 2, 3, 4, 5]);
  });

  test('asks for no more than its window while the consumer works', async () => {
    const seen: number[] = [];
    const values = prefetch(count(9, seen), { ahead: 2, stop: nothing });

    await values.next();
    await new Promise(setImmediate);

    expect(seen).toEqual([1, 2, 3]);
    await values.return();
  });

  test('throws a failure after the values before it', async () => {
    const read: number[] = [];
    const consume = async (): Promise<void> => {
      for await (const value of prefetch(failing(), { ahead: 3, stop: nothing })) read.push(value);
    };

    await expect(consume()).rejects.toThrow('third');
    expect(read).toEqual([1, 2]);
  });

  test('stops the source when the consumer leaves', async () => {
    let stops = 0;
    const stop = (): void => {
      stops += 1;
    };

    for await (const value of prefetch(count(9), { ahead: 2, stop })) if (value === 2) break;

    expect(stops).toBe(1);
  });
});

describe('concatAhead', () => {
  test('keeps inputs and outputs in order and knows the last input', async () => {
    const read = await collect(concatAhead(count(3), (input) => count(input), 2));

    expect(read.map(({ input, output }) => `${String(input)}${String(output)}`)).toEqual([
      '11',
      '21',
      '22',
      '31',
      '32',
      '33',
    ]);
    expect(read.map(({ isLastInput }) => isLastInput)).toEqual([
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test('begins later inputs early', async () => {
    const begun: number[] = [];
    const outputs = concatAhead(
      count(9),
      (input) => {
        begun.push(input);
        return count(1);
      },
      2,
    );

    await outputs.next();

    expect(begun).toEqual([1, 2, 3]);
    await outputs.return();
  });

  test('throws the failure of a later input only in its place', async () => {
    const read: number[] = [];
    const open = (input: number) => (input === 2 ? failing() : count(1));
    const consume = async (): Promise<void> => {
      for await (const { output } of concatAhead(count(3), open, 2)) read.push(output);
    };

    await expect(consume()).rejects.toThrow('third');
    expect(read).toEqual([1, 1, 2]);
  });
});
