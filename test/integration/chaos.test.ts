import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { FaultName } from '../../scripts/chaos/faults.ts';
import { type Lane, openLane } from '../../scripts/chaos/lane.ts';
import {
  type LoaderBuilds,
  openLoaderBuilds,
  SMALL_PACKAGES,
} from '../../scripts/chaos/loaderBuilds.ts';
import { type ScratchServer, startScratchServer } from '../../scripts/chaos/scratchServer.ts';
import { catchVariant, laneOf } from '../../scripts/chaos/selfCheck.ts';
import { runTrial } from '../../scripts/chaos/trial.ts';
import { scratchDirectory } from '../support/cli.ts';

const SEED = 1;
/** A trial takes two seconds, and many more where other tests keep the machine busy. */
const PATIENCE = { timeout: 120_000 };

let builds: LoaderBuilds;
let server: ScratchServer;

beforeAll(async () => {
  builds = openLoaderBuilds();
  server = await startScratchServer(scratchDirectory());
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  builds[Symbol.dispose]();
});

describe('the loader', () => {
  let lane: Lane;

  beforeAll(async () => {
    const entrance = await builds.build('loader', SMALL_PACKAGES);
    lane = await openLane(server, { entrance, name: 'loader' });
  });

  test.each<{ fault: FaultName; number: number }>([
    { fault: 'kill', number: 1 },
    { fault: 'restart', number: 3 },
  ])(
    'keeps every promise in trial $number of the fault $fault',
    PATIENCE,
    async ({ fault, number }) => {
      const { lost, odd, points, snapshots } = await runTrial(lane, { seed: SEED, number, fault });

      expect([...lost, ...odd]).toEqual([]);
      expect(points).not.toEqual([]);
      expect(snapshots).toBeGreaterThan(0);
    },
  );
});

describe('a broken loader', () => {
  test.each(['cursor-after-data'] as const)('%s is caught', PATIENCE, async (name) => {
    const { report } = await catchVariant(await laneOf(name, builds, server), name, SEED);

    expect(report?.lost.length).toBeGreaterThan(0);
  });
});
