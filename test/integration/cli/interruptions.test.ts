import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import {
  type CliResult,
  eventsOf,
  reportOf,
  runCli,
  sharedBundle,
  startCli,
} from '../../support/cli.ts';
import type { FaultRule } from '../../support/gitlab/faults.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { differences, fingerprints, heldPartitions, inconsistencies } from './dataset.ts';

const WORLD = { projects: 8, jobs: 200, branches: 50, users: 15, alerts: 8 };
/** Few requests at a time, so that much is left when a run is interrupted. */
const SLOWLY = { CONCURRENCY: '2' };
const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;
let uninterrupted: Readonly<Record<string, string>>;

function settings({ url }: TestDatabase, more: Readonly<Record<string, string>> = {}) {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: url,
    RESOURCES: CORE_RESOURCES,
    // Hashes of secrets differ between two datasets.
    SECRET_FIELDS: 'plain',
    ...more,
  };
}

beforeAll(async () => {
  gitlab = await startGitlab({ ...WORLD, latencyMilliseconds: 80 });
  await using reference = await createDatabase();
  await runCli(bundle, ['run', '--all'], settings(reference));
  uninterrupted = await fingerprints(reference.url);
});

afterAll(async () => {
  await gitlab.close();
});

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(() => database.drop());

async function expectComplete(): Promise<void> {
  expect(await differences(database.url, gitlab, 'admin', CORE_TABLES)).toEqual([]);
  expect(await inconsistencies(database.url)).toEqual([]);
  expect(await fingerprints(database.url)).toEqual(uninterrupted);
}

describe('TIME_BUDGET_SECONDS', () => {
  // G6
  test(
    'ends a run with 75 in time, and repeated runs finish the load',
    { timeout: 150_000 },
    async () => {
      const runs: CliResult[] = [];
      // How many it takes depends on the machine; that it ends does not.
      while (runs.length < 40 && runs.at(-1)?.exitCode !== 0) {
        const budget = { ...SLOWLY, TIME_BUDGET_SECONDS: '3' };
        runs.push(await runCli(bundle, ['run', '--all'], settings(database, budget)));
        expect(await heldPartitions(database.url)).toEqual([]);
      }

      const codes = runs.map(({ exitCode }) => exitCode);
      expect(codes.slice(0, -1).length).toBeGreaterThan(0);
      expect(codes).toEqual([...codes.slice(0, -1).map(() => 75), 0]);
      expect(Math.max(...runs.map(({ seconds }) => seconds))).toBeLessThan(20);
      expect(runs.map(({ stderr }) => stderr).join('')).toBe('');
      expect(reportOf(runs[0] ?? { stdout: '', stderr: '' }).outcome).toBe('suspended');
      await expectComplete();
    },
  );
});

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends a run soon; what it committed is whole and the next run completes it',
    async (signal) => {
      const running = startCli(bundle, ['run', '--all'], settings(database, SLOWLY));
      await running.line('"resource-started","resource":"jobs"');
      await sleep(200);

      const sentAt = performance.now();
      running.child.kill(signal);
      const stopped = await running.ended;

      expect(performance.now() - sentAt).toBeLessThan(8_000);
      expect(stopped.exitCode).toBe(75);
      expect(reportOf(stopped).outcome).toBe('suspended');
      expect(eventsOf(stopped).filter(({ event }) => event === 'problem')).toEqual(
        eventsOf(stopped).filter((event) => 'code' in event && event.code === 'NOTICE'),
      );
      expect(await heldPartitions(database.url)).toEqual([]);
      expect(await inconsistencies(database.url)).toEqual([]);
      const next = await runCli(bundle, ['run', '--all'], settings(database));
      expect(next).toMatchObject({ exitCode: 0, stderr: '' });
      await expectComplete();
    },
  );

  test('during the first request ends the command too', async () => {
    const silence: FaultRule = { match: { path: /\/user$/ }, respond: 'hang', times: 1 };
    gitlab.faults.add(silence);
    const running = startCli(bundle, ['run', '--all'], settings(database));
    while (gitlab.faults.struck(silence) === 0) await sleep(20);

    const sentAt = performance.now();
    running.child.kill('SIGTERM');
    const stopped = await running.ended;

    expect(performance.now() - sentAt).toBeLessThan(3_000);
    expect(stopped.stderr).not.toContain('defect');
    expect(stopped.exitCode).toBe(75);
  });
});
