import { afterAll, beforeAll, expect, test } from 'vitest';

import { eventsOf, runCli, type RunningCli, sharedBundle, startCli } from '../../support/cli.ts';
import { randomOf } from '../../support/gitlab/random.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase } from '../../support/postgres.ts';
import { CORE_RESOURCES, CORE_TABLES } from '../../support/seedResources.ts';
import { differences, expireLeases, fingerprints, inconsistencies } from './dataset.ts';

const KILLS = Number(process.env['KILLS'] ?? 2);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
const bundle = sharedBundle();
let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({
    ...{ projects: 6, jobs: 200, branches: 40, users: 12, alerts: 8 },
    latencyMilliseconds: 15,
  });
});

afterAll(async () => {
  await gitlab.close();
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
      RESOURCES: CORE_RESOURCES,
      // Hashes of secrets differ between two datasets.
      SECRET_FIELDS: 'plain',
    });
    await runCli(bundle, ['run', '--all'], settings(reference.url));
    const again = await runCli(bundle, ['run', '--all', '--full'], settings(reference.url));
    const lines = eventsOf(again).length;
    const random = randomOf(SEED, 'kills');

    for (let kill = 0; kill < KILLS; kill += 1) {
      await expireLeases(database.url);
      const running = startCli(bundle, ['run', '--all', '--full'], settings(database.url));
      await killAfterLines(running, random.integer(0, Math.floor(lines * 0.8)));
    }
    const after = await inconsistencies(database.url);
    const last = await runCli(bundle, ['run', '--all'], settings(database.url));

    expect(after).toEqual([]);
    expect(last).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await differences(database.url, gitlab, 'admin', CORE_TABLES)).toEqual([]);
    expect(await inconsistencies(database.url)).toEqual([]);
    expect(await fingerprints(database.url)).toEqual(await fingerprints(reference.url));
  },
);

/** Kills the command once it has written so many lines, or soon where it waits for something. */
async function killAfterLines({ child, ended }: RunningCli, lines: number): Promise<void> {
  let seen = 0;
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, 4_000);
  child.stdout?.on('data', (text: string) => {
    seen += text.split('\n').length - 1;
    if (seen >= lines) kill();
  });
  const { exitCode } = await ended;
  clearTimeout(timer);
  expect(exitCode).toBeNull();
}
