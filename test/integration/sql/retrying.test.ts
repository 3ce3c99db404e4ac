import { describe, expect, test } from 'vitest';

import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { retrying } from '../../../functions/engine/sql/retrying.ts';
import { literal, sql } from '../../../functions/engine/sql/sql.ts';
import { usePetDatabase } from '../../support/petDatabase.ts';

const pets = usePetDatabase('retrying-test');

describe('retrying', () => {
  test('both sides of a deadlock commit', async () => {
    await pets.database().query(sql`insert into pet values (1, 'Rex'), (2, 'Tom')`);
    let attempts = 0;
    let arrived = 0;

    async function rename(first: number, second: number, name: string): Promise<void> {
      await pets.database().transaction(undefined, async (session) => {
        attempts += 1;
        await session.query(sql`update pet set name = $2::text where id = $1::bigint`, [
          first,
          name,
        ]);
        arrived += 1;
        while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 5));
        await session.query(sql`update pet set name = $2::text where id = $1::bigint`, [
          second,
          name,
        ]);
      });
    }
    await Promise.all([
      retrying({ random: () => 0 }, () => rename(1, 2, 'Ada')),
      retrying({ random: () => 0 }, () => rename(2, 1, 'Bob')),
    ]);

    const [left, right] = await pets.names();
    expect(attempts).toBe(3);
    expect(left).toBe(right);
  });

  test.each(['40001', '40P01', '55P03', '57014', '25006'])('repeats after %s', async (state) => {
    let attempts = 0;

    await retrying({ random: () => 0 }, () =>
      pets.database().transaction(undefined, async (session) => {
        attempts += 1;
        if (attempts > 1) return;
        await session.simple(sql`do $body$ begin raise sqlstate ${literal(state)}; end $body$`);
      }),
    );

    expect(attempts).toBe(2);
  });

  test('gives up after five attempts with the last error', async () => {
    let attempts = 0;

    const work = retrying({ random: () => 0 }, () => {
      attempts += 1;
      return pets.database().query(sql`do $body$ begin raise sqlstate '40001'; end $body$`);
    });

    await expect(work).rejects.toMatchObject({ details: { sqlstate: '40001' } });
    expect(attempts).toBe(5);
  });

  test('does not repeat what cannot pass', async () => {
    let attempts = 0;

    const work = retrying({ random: () => 0 }, () => {
      attempts += 1;
      return pets.database().query(sql`select * from ${identifier('nothing')}`);
    });

    await expect(work).rejects.toMatchObject({ details: { sqlstate: '42P01' } });
    expect(attempts).toBe(1);
  });

  test('waits are random, double and end with the signal', async () => {
    const abort = new AbortController();
    const draws: number[] = [];

    const work = retrying(
      {
        random: () => {
          draws.push(draws.length);
          return draws.length === 2 ? 1 : 0;
        },
        firstWaitMilliseconds: 10_000,
        signal: abort.signal,
        when: () => true,
      },
      () => Promise.reject(new Error('no')),
    );
    setTimeout(() => {
      abort.abort();
    }, 50);

    await expect(work).rejects.toThrow('aborted');
    expect(draws).toHaveLength(2);
  });
});
