import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build } from 'esbuild';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { qualified } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { bundleOptions } from '../../scripts/bundleOptions.ts';
import { dropDataset } from '../../scripts/parity/stored.ts';
import { type CountingProxy, type Crossing, startCountingProxy } from '../support/countingProxy.ts';
import { batched, nested, repeating } from '../support/documents.ts';
import { violations } from '../support/invariants.ts';
import {
  type DocumentLoad,
  DOCUMENTS,
  loadDocuments,
  type Scans,
} from '../support/loadDocuments.ts';
import { createDatabase } from '../support/postgres.ts';
import { readTables } from '../support/tables.ts';

const RUNS = Number(process.env['KILL_RUNS'] ?? 2);
const SEED = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000_000);
const directory = mkdtempSync(join(tmpdir(), 'kills-'));
const LOADER = join(directory, 'loadDocuments.cjs');
const PARTS = 1_000;
/** Nearer to the end a process may be done before it is killed. */
const LAST_PART = 900;

/** A moment of a load: after so many thousandths of all that crosses between it and the database. */
interface Moment extends Pick<Crossing, 'chunk'> {
  readonly part: number;
}

const moment: fc.Arbitrary<Moment> = fc.record({
  part: fc.integer({ min: 0, max: LAST_PART }),
  chunk: fc.constantFrom('arrives', 'is lost'),
});
const loads = fc.record({
  scans: repeating(nested).chain(batched),
  moments: fc.array(moment, { minLength: 3, maxLength: 5 }),
});

/** In one file it starts four times as fast. */
beforeAll(async () => {
  const entry = join(import.meta.dirname, '../fixtures/loadDocuments.ts');
  await build({ ...bundleOptions, entryPoints: [entry], outfile: LOADER });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

// G1
test(`a load killed at any moments leaves what an undisturbed one does (KILL_SEED=${SEED.toString()})`, async () => {
  await using created = await createDatabase();
  await using proxy = await startCountingProxy(created.url);
  const database = openPool({ url: created.url, applicationName: 'kills', max: 4 });
  let kills = 0;

  await fc.assert(
    fc.asyncProperty(loads, async ({ scans, moments }) => {
      const crossings = await undisturbed(proxy, scans);
      for (const { part, chunk } of moments) {
        const after = Math.floor((part / PARTS) * crossings);
        const load = { dataset: 'killed', scans, packages: 'one-page' } as const;
        const ended = await loadUntil(proxy, load, { after, chunk });
        if (ended === 'loaded') break;
        kills += 1;
        await expireLeases(database);
      }
      await runLoader(proxy.url, { dataset: 'killed', scans, packages: 'one-page' }).ended;

      expect(await readTables(database, 'killed')).toEqual(
        await readTables(database, 'undisturbed'),
      );
      expect(await broken(database)).toEqual([]);
      await proxy.idle();
      for (const dataset of ['killed', 'undisturbed']) await dropDataset(database, dataset);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );

  await database.close();
  expect(kills).toBeGreaterThanOrEqual(RUNS);
}, 900_000);

/** Loads everything at once; returns how many chunks crossed. */
async function undisturbed(proxy: CountingProxy, scans: Scans): Promise<number> {
  const database = openPool({ url: proxy.url, applicationName: 'undisturbed', max: 2 });
  proxy.takeCount();
  await loadDocuments(database, { dataset: 'undisturbed', scans, packages: 'one-page' });
  await database.close();
  await proxy.idle();
  return proxy.takeCount();
}

/** Loads in a process of its own that is killed at the crossing, if it gets there. */
async function loadUntil(
  proxy: CountingProxy,
  load: DocumentLoad,
  crossing: Crossing,
): Promise<'killed' | 'loaded'> {
  const { child, ended } = runLoader(proxy.url, load);
  proxy.arm(crossing, () => void child.kill('SIGKILL'));
  const outcome = await ended;
  proxy.disarm();
  // What the server was told before still happens there.
  await proxy.idle();
  return outcome;
}

function runLoader(url: string, load: DocumentLoad) {
  const child = spawn(process.execPath, [LOADER, url], {
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdin.end(JSON.stringify(load));
  const ended = once(child, 'close').then(([code, signal]): 'killed' | 'loaded' => {
    if (signal === 'SIGKILL') return 'killed';
    if (code !== 0) throw new Error(complaint);
    return 'loaded';
  });
  return { child, ended };
}

/** Lets the lease of a process that was killed end now. */
async function expireLeases(database: Database): Promise<void> {
  const partition = qualified('killed_state', 'partition');
  const { rows } = await database.query<{ found: boolean }>(
    sql`select to_regclass($1::text) is not null as found`,
    [partition],
  );
  if (rows[0]?.found !== true) return;
  await database.query(
    sql`update ${partition} set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null`,
  );
}

/** Broken invariants of the one table. */
function broken(database: Database): Promise<readonly unknown[]> {
  return violations(database, { dataset: 'killed', resources: [DOCUMENTS] });
}
