import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildBundle, runCli, startCli } from '../../support/cli.ts';
import { randomOf } from '../../support/gitlab/random.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase } from '../../support/postgres.ts';
import { differences, fingerprints, inconsistencies } from './dataset.ts';

const KILLS = 20;
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const bundle = buildBundle();
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({
    ...{ projects: 10, jobs: 300, branches: 60, users: 15, alerts: 10 },
    latencyMilliseconds: 25,
  });
});

afterAll(async () => {
  await gitlab.close();
  bundle[Symbol.dispose]();
});

test(
  `a run killed at ${KILLS.toString()} moments (KILL_SEED=${SEED.toString()}) is completed by the next`,
  {
    timeout: 120_000,
  },
  async () => {
    await using database = await createDatabase();
    await using reference = await createDatabase();
    const settings = (url: string) => ({
      GITLAB_BASE_URL: gitlab.url,
      GITLAB_TOKEN: gitlab.adminToken,
      DATABASE_URL: url,
      LEASE_SECONDS: '5',
    // Hashes of secrets differ between two datasets.
    SECRET_FIELDS: 'plain',
    });
    const whole = await runCli(bundle, ['run', '--all'], settings(reference.url));
    const milliseconds = whole.seconds * 1_000;
    const random = randomOf(SEED, 'kills');

    let killed = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const running = startCli(bundle, ['run', '--all', '--full'], settings(database.url));
      await Promise.race([running.ended, sleep(150 + random.fraction() * (milliseconds - 150))]);
      running.child.kill('SIGKILL');
      if ((await running.ended).exitCode === null) killed += 1;
    }
    const after = await inconsistencies(database.url);
    const last = await runCli(bundle, ['run', '--all'], settings(database.url));

    expect(killed).toBeGreaterThan(KILLS / 2);
    expect(after).toEqual([]);
    expect(last).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await differences(database.url, gitlab)).toEqual([]);
    expect(await inconsistencies(database.url)).toEqual([]);
    expect(await fingerprints(database.url)).toEqual(await fingerprints(reference.url));
  },
);
