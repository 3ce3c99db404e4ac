import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunReport } from '../../../functions/engine/model/run.ts';
import { type FunctionProcess, startFunction } from '../../support/functionProcess.ts';
import { closedGate } from '../../support/gate.ts';
import { violations } from '../../support/invariants.ts';
import { type Bench, DATASET, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';
import { countRows, heldPartitions } from '../cli/dataset.ts';

const WORLD = { projects: 1, jobs: 1_200, branches: 2, latencyMilliseconds: 40 };
const JOB_PAGES = /\/jobs\?/;

let bench: Bench;
let jobs: FunctionProcess;

beforeEach(async () => {
  bench = await openBench(WORLD);
  jobs = await start();
});

afterEach(async () => {
  await jobs[Symbol.asyncDispose]();
  await bench.close();
});

function start(): Promise<FunctionProcess> {
  return startFunction('jobs', {
    GITLAB_BASE_URL: bench.gitlab.url,
    GITLAB_TOKEN: bench.gitlab.adminToken,
    DATABASE_URL: bench.databaseUrl,
  });
}

async function pagesRead(count: number): Promise<void> {
  while (bench.gitlab.requests.count(JOB_PAGES) < count) await sleep(5);
}

describe('SIGTERM', { timeout: 90_000 }, () => {
  test('ends a process that has served nothing at once', async () => {
    jobs.child.kill('SIGTERM');

    expect(await jobs.ended).toBe(0);
  });

  test('ends an idle process at once', async () => {
    await fetch(jobs.url);
    jobs.child.kill('SIGTERM');

    expect(await jobs.ended).toBe(0);
  });

  // T10, G6
  test('in mid-load: what was read is committed, the lease is free, the answer arrives', async () => {
    const answer = jobs.post('{}');
    await pagesRead(8);
    jobs.child.kill('SIGTERM');

    const { status, headers, body } = await answer;
    const exitCode = await jobs.ended;

    expect(status).toBe(503);
    expect(headers.get('connection')).toBe('close');
    expect(body).toMatchObject({ outcome: 'suspended', problems: [] });
    expect(exitCode).toBe(0);
    expect(await heldPartitions(bench.databaseUrl)).toEqual([]);
    expect(await violations(bench.database)).toEqual([]);
    const committed = await countRows(bench.databaseUrl, 'api_entities_job');
    expect(committed).toBeGreaterThanOrEqual(500);
    await using next = await start();
    const report = (await next.post('{}')).body as RunReport;
    expect(report).toMatchObject({ outcome: 'done' });
    expect(report.resources['jobs']?.written).toBe(WORLD.jobs - committed);
    const { api_entities_job = [] } = bench.gitlab.truth('admin');
    expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
  });

  test('waits for every request under way', async () => {
    const answers = [jobs.post('{}'), jobs.post('{"full":true}')];
    await pagesRead(4);
    jobs.child.kill('SIGTERM');

    const told = await Promise.all(answers);

    expect(told.map(({ status }) => status)).not.toContain(500);
    expect(await jobs.ended).toBe(0);
    expect(await heldPartitions(bench.databaseUrl)).toEqual([]);
  });

  test('is answered before the platform kills, although the database stands still', async () => {
    const arrival = closedGate();
    const departure = closedGate();
    const match = { path: JOB_PAGES };
    bench.gitlab.faults.add(
      { match, after: 4, respond: { run: arrival.open } },
      { match, after: 4, respond: { waitFor: departure.passed } },
    );
    const answer = jobs.post('{}');
    await arrival.passed;
    // The pool would end a transaction that is idle for so long, and its lock with it.
    const client = new Client(bench.databaseUrl);
    await client.connect();
    await client.query('begin');
    await client.query(`lock table ${DATASET}._dlt_loads in access exclusive mode`);

    jobs.child.kill('SIGTERM');
    const { status, body } = await answer;
    const exitCode = await jobs.ended;
    await client.end();
    departure.open();

    expect({ status, exitCode }).toEqual({ status: 503, exitCode: 0 });
    expect(body).toMatchObject({ outcome: 'suspended' });
  });
});
