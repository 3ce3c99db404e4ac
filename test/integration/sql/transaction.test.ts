import { describe, expect, test } from 'vitest';

import { openPool } from '../../../functions/engine/sql/pool.ts';
import type { Session } from '../../../functions/engine/sql/session.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { usePetDatabase } from '../../support/petDatabase.ts';

const pets = usePetDatabase('transaction-test');

function addPet(session: Session, id: number, name: string): Promise<unknown> {
  return session.query(sql`insert into pet values ($1::bigint, $2::text)`, [id, name]);
}

describe('transaction', () => {
  test('commits what the work did and returns its result', async () => {
    const result = await pets.database().transaction(undefined, async (session) => {
      await addPet(session, 1, 'Rex');
      return 'done';
    });

    expect(result).toBe('done');
    expect(await pets.names()).toEqual(['Rex']);
  });

  test('undoes everything when the work throws, and throws that error', async () => {
    const failure = new Error('the work failed');

    const transaction = pets.database().transaction(undefined, async (session) => {
      await addPet(session, 1, 'Rex');
      throw failure;
    });

    await expect(transaction).rejects.toBe(failure);
    expect(await pets.names()).toEqual([]);
  });

  test('fails when the work hides that a statement failed', async () => {
    const transaction = pets.database().transaction(undefined, async (session) => {
      await addPet(session, 1, 'Rex');
      await addPet(session, 1, 'Rex').catch(() => undefined);
    });

    await expect(transaction).rejects.toMatchObject({ code: 'E_DATABASE' });
    expect(await pets.names()).toEqual([]);
  });

  test('sets its limits and its name for itself only', async () => {
    const settings = sql`select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
      current_setting('idle_in_transaction_session_timeout') as idle, current_setting('row_security') as rows,
      current_setting('synchronous_commit') as commit, current_setting('application_name') as name`;
    const single = openPool({ url: pets.created().url, applicationName: 'plain', max: 1 });

    const inside = await single
      .named("run's name")
      .transaction(undefined, (session) => session.query(settings));
    const outside = await single.query<{ name: string; lock: string }>(settings);
    await single.close();

    expect(inside.rows).toEqual([
      { lock: '5s', statement: '1min', idle: '5s', rows: 'off', commit: 'on', name: "run's name" },
    ]);
    expect(outside.rows[0]).toMatchObject({ name: 'plain', lock: '0' });
  });

  test('a session is dead after its transaction', async () => {
    let escaped: Session | undefined;
    await pets.database().transaction(undefined, (session) => {
      escaped = session;
      return Promise.resolve();
    });

    await expect(escaped?.query(sql`select 1`)).rejects.toThrow('has ended');
  });

  test('several statements in one message return all results', async () => {
    const results = await pets
      .database()
      .transaction(undefined, (session) =>
        session.simple(
          sql`insert into pet values (1, 'Rex'), (2, 'Tom'); select count(*) as pets from pet`,
        ),
      );

    expect(results).toEqual([
      { rows: [], rowCount: 2 },
      { rows: [{ pets: 2n }], rowCount: 1 },
    ]);
  });

  test('the last message may carry the commit', async () => {
    const results = await pets
      .database()
      .transaction(undefined, (session) =>
        session.commit(sql`insert into pet values (1, 'Rex') returning id`),
      );

    expect(results).toEqual([{ rows: [{ id: 1n }], rowCount: 1 }]);
    expect(await pets.names()).toEqual(['Rex']);
  });

  test('a failure in the last message undoes everything', async () => {
    const transaction = pets.database().transaction(undefined, async (session) => {
      await addPet(session, 1, 'Rex');
      await session.commit(
        sql`insert into pet values (2, 'Tom'); insert into pet values (1, 'Rex')`,
      );
    });

    await expect(transaction).rejects.toMatchObject({ details: { sqlstate: '23505' } });
    expect(await pets.names()).toEqual([]);
  });

  test('a deferred constraint that fails at COMMIT is an error', async () => {
    await pets
      .database()
      .query(sql`create table collar (pet bigint references pet deferrable initially deferred)`);

    const transaction = pets
      .database()
      .transaction(undefined, (session) => session.query(sql`insert into collar values (7)`));

    await expect(transaction).rejects.toMatchObject({
      details: { sqlstate: '23503', table: 'collar' },
    });
  });
});

describe('an aborted signal', () => {
  test('ends a running statement with its reason', async () => {
    const abort = new AbortController();
    const reason = new Error('time is up');

    const transaction = pets.database().transaction(abort.signal, async (session) => {
      await addPet(session, 1, 'Rex');
      setTimeout(() => {
        abort.abort(reason);
      }, 50);
      await session.query(sql`select pg_sleep(20)`);
    });

    await expect(transaction).rejects.toBe(reason);
    expect(await pets.names()).toEqual([]);
  });

  test('starts nothing when it was aborted before', async () => {
    const reason = new Error('too late');

    const transaction = pets
      .database()
      .transaction(AbortSignal.abort(reason), (session) => addPet(session, 1, 'Rex'));

    await expect(transaction).rejects.toBe(reason);
  });

  test('does not interrupt the commit', async () => {
    const abort = new AbortController();

    await pets.database().transaction(abort.signal, async (session) => {
      const commit = session.commit(sql`select pg_sleep(0.1); insert into pet values (1, 'Rex')`);
      abort.abort();
      await commit;
    });

    expect(await pets.names()).toEqual(['Rex']);
  });
});
