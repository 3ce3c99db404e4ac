import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { openPool } from '../../../functions/engine/sql/pool.ts';
import { STATE_VERSION } from '../../../functions/engine/state/migrate.ts';
import { type CliResult, eventsOf, runCli, source } from '../../support/cli.ts';
import { makeOlderState } from '../../support/olderState.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await database.drop();
});

function loader(...argv: readonly string[]): Promise<CliResult> {
  return runCli(source, argv, { DATABASE_URL: database.url });
}

describe('migrate', () => {
  test('makes the state with the database alone, tells the versions and has nothing to do again', async () => {
    const before = await loader('migrate', '--check');
    const first = await loader('migrate');
    const second = await loader('migrate');
    const after = await loader('migrate', '--check');

    const fresh = { event: 'migrate', dataset: 'gitlab_data', from: 0, to: STATE_VERSION };
    const current = { ...fresh, from: STATE_VERSION };
    expect(eventsOf(before)).toEqual([{ ...fresh, pending: true }]);
    expect(before.exitCode).toBe(1);
    expect(eventsOf(first)).toEqual([{ ...fresh, pending: false }]);
    expect(eventsOf(second)).toEqual([{ ...current, pending: false }]);
    expect(eventsOf(after)).toEqual([{ ...current, pending: false }]);
    expect([first, second, after].map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  test('is told of by commands that only look at the state of an older release', async () => {
    const state = openPool({ url: database.url, applicationName: 'tests', max: 1 });
    await makeOlderState(state, STATE_VERSION - 1).finally(() => state.close());

    const refused = await Promise.all([loader('status'), loader('verify'), loader('resume')]);
    const migrated = await loader('migrate');
    const status = await loader('status');

    for (const { exitCode, stderr } of refused) {
      expect(stderr).toContain(
        `The state of dataset 'gitlab_data' has version ${String(STATE_VERSION - 1)}, this release needs ${String(STATE_VERSION)}: 'migrate' brings it there.`,
      );
      expect(exitCode).toBe(78);
    }
    expect(migrated).toMatchObject({ exitCode: 0, stderr: '' });
    expect(status).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('says in a sentence what it does when people read it', async () => {
    const settings = { DATABASE_URL: database.url, LOG_FORMAT: 'pretty' };
    const pending = await runCli(source, ['migrate', '--check'], settings);
    const both = await Promise.all([
      runCli(source, ['migrate'], settings),
      runCli(source, ['migrate'], settings),
    ]);

    const to = STATE_VERSION.toString();
    expect(pending.stdout).toBe(
      `The state of dataset 'gitlab_data' is to be brought from version 0 to ${to}.\n`,
    );
    expect(both.map(({ stdout }) => stdout).toSorted()).toEqual([
      expect.stringMatching(new RegExp(`version ${to}; there is nothing to do|from version 0`)),
      `The state of dataset 'gitlab_data' was brought from version 0 to ${to}.\n`,
    ]);
    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  });
});
