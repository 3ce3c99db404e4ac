import pg from 'pg';
import { describe, expect, test } from 'vitest';

import { LoaderError } from '../../../functions/engine/model/errors.ts';
import {
  databaseError,
  isConnectionGone,
  isRetryable,
  sqlState,
} from '../../../functions/engine/sql/errors.ts';

const TARGET = { place: 'db:5432', database: 'lake', password: 'pa ss' };

type Facts = Partial<
  Pick<pg.DatabaseError, 'code' | 'schema' | 'table' | 'column' | 'constraint' | 'where' | 'detail'>
>;

function answer(message: string, facts: Facts = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), facts);
}

function mapped(error: unknown, target = TARGET): LoaderError {
  const result = databaseError(error, target);
  if (result instanceof LoaderError) return result;
  throw new TypeError('it was not mapped');
}

describe("a server's error", () => {
  test.each([
    { state: '42501', code: 'E_DATABASE_RIGHT', problem: 'The login lacks a right' },
    { state: 'GL009', code: 'E_STALE_LEASE', problem: 'The database refused the package' },
    { state: '42P01', code: 'E_DATABASE', problem: 'The database refused a statement' },
    {
      state: '08006',
      code: 'E_DATABASE_UNREACHABLE',
      problem: "No connection to database 'lake' at db:5432",
    },
    {
      state: '57P01',
      code: 'E_DATABASE_UNREACHABLE',
      problem: "No connection to database 'lake' at db:5432",
    },
    {
      state: '28P01',
      code: 'E_DATABASE_AUTH',
      problem: "The login to database 'lake' at db:5432 was refused",
    },
    {
      state: '3D000',
      code: 'E_DATABASE_AUTH',
      problem: "The login to database 'lake' at db:5432 was refused",
    },
  ])('with $state is $code', ({ state, code, problem }) => {
    const error = mapped(answer('it is so', { code: state }));

    expect(error).toMatchObject({ code, message: `${problem}: it is so.` });
    expect(error.details).toEqual({ sqlstate: state });
    expect(error.cause).toMatchObject({ message: 'it is so', code: state });
  });

  test.each([
    '08000',
    '08001',
    '08003',
    '08004',
    '25P03',
    '25P04',
    '53300',
    '57P02',
    '57P03',
    '57P05',
  ])('with %s means that the connection is gone', (state) => {
    const error = mapped(answer('gone', { code: state }));

    expect(isConnectionGone(error)).toBe(true);
    expect(isRetryable(error)).toBe(false);
  });

  test.each(['40P01', '40001', '55P03', '57014', '25006'])(
    'with %s may be tried again',
    (state) => {
      const error = answer('again', { code: state });

      expect(isRetryable(error)).toBe(true);
      expect(isRetryable(mapped(error))).toBe(true);
      expect(isConnectionGone(mapped(error))).toBe(false);
    },
  );

  test('with 28000 is a refused login', () => {
    expect(mapped(answer('no', { code: '28000' })).code).toBe('E_DATABASE_AUTH');
  });

  test('without a state has that of an internal error', () => {
    expect(mapped(answer('odd')).details).toEqual({ sqlstate: 'XX000' });
  });

  test('keeps the names of what it is about, and nothing that quotes a row', () => {
    const where = 'COPY api_entities_job, line 12, column id: "4711"';
    const names = { schema: 'lake', table: 'job', column: 'id', constraint: 'job_key' };

    const error = mapped(answer('no', { code: '22P02', ...names, where, detail: 'secret row' }));

    const copied = 'COPY api_entities_job, line 12, column id';
    expect(error.details).toEqual({ sqlstate: '22P02', ...names, where: copied });
    expect(JSON.stringify([error.details, error.cause])).not.toContain('secret row');
    expect(error.cause).not.toHaveProperty('detail');
  });

  test.each([
    { where: 'COPY job, line 7', kept: 'COPY job, line 7' },
    { where: 'PL/pgSQL function f() line 3\nCOPY job, line 7', kept: undefined },
    { where: 'SQL statement "select 4711"', kept: undefined },
  ])('keeps of the place $where no more than the line', ({ where, kept }) => {
    expect(mapped(answer('no', { code: '22P02', where })).details['where']).toBe(kept);
  });

  test('is cut after 500 characters', () => {
    const { message } = mapped(answer('x'.repeat(600), { code: '42P01' }));

    expect(message).toBe(`The database refused a statement: ${'x'.repeat(500)}.`);
  });

  test.each(['Is it?', 'No!', 'Done.'])('keeps the end of the sentence %j', (sentence) => {
    expect(mapped(answer(sentence)).message).toBe(`The database refused a statement: ${sentence}`);
  });

  test('ends with a full stop although there is one inside', () => {
    expect(mapped(answer('a.b c')).message).toBe('The database refused a statement: a.b c.');
  });
});

describe('the password', () => {
  const text = 'login pa ss, url postgres://me:pa%20ss@db';

  test('is in no part of an error', () => {
    const error = mapped(answer(text, { code: '42P01' }));

    const cause = error.cause as Error;
    expect(error.message).toContain('login ***, url postgres://me:***@db');
    expect(cause.message).toBe('login ***, url postgres://me:***@db');
    expect(cause.stack).toContain('login ***');
    expect(cause.stack).not.toMatch(/pa( |%20)ss/);
  });

  test('that is empty leaves the text alone', () => {
    expect(mapped(answer('as it is'), { ...TARGET, password: '' }).message).toBe(
      'The database refused a statement: as it is.',
    );
  });
});

describe("an error that is not the server's", () => {
  test('of the socket means that the database cannot be reached', () => {
    const error = mapped(Object.assign(new Error('connect failed'), { code: 'ECONNREFUSED' }));

    expect(error.message).toBe("No connection to database 'lake' at db:5432: connect failed.");
    expect(error).toMatchObject({ code: 'E_DATABASE_UNREACHABLE', details: {} });
    expect(error.cause).toMatchObject({ message: 'connect failed', code: 'ECONNREFUSED' });
  });

  test('for every address of a host tells all of them', () => {
    const error = mapped(new AggregateError([new Error('::1 is closed'), '127.0.0.1 too']));

    expect(error.message).toContain(': ::1 is closed; 127.0.0.1 too.');
    expect(error.cause).not.toHaveProperty('errors');
  });

  test('about SASL is a refused login', () => {
    const error = mapped(new Error('SASL: no password'));

    expect(error).toMatchObject({ code: 'E_DATABASE_AUTH', details: {} });
    expect(error.message).toBe(
      "The login to database 'lake' at db:5432 was refused: SASL: no password.",
    );
  });

  test('has no code where the original has none, and its name and stack', () => {
    const original = Object.assign(new Error('odd'), { name: 'Odd', stack: 'here: pa ss' });

    const { cause } = mapped(original);

    expect(cause).not.toHaveProperty('code');
    expect(cause).toMatchObject({ name: 'Odd', stack: 'here: ***' });
  });

  test.each([
    { name: 'a defect', error: new TypeError('x is undefined') },
    { name: 'an error of the loader', error: new LoaderError('E_VALUE', 'A value is wrong.') },
    { name: 'what is no error', error: 'a text' },
  ])('stays what it is when it is $name', ({ error }) => {
    expect(databaseError(error, TARGET)).toBe(error);
    expect(isConnectionGone(error)).toBe(false);
    expect(isRetryable(error)).toBe(false);
    expect(sqlState(error)).toBeUndefined();
  });

  test('has a state only where it is a text', () => {
    const odd = new LoaderError('E_DATABASE', 'It is so.', { details: { sqlstate: 7 } });

    expect(sqlState(odd)).toBeUndefined();
    expect(sqlState(answer('no', { code: '42P01' }))).toBe('42P01');
  });
});
