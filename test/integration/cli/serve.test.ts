import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RunReport } from '../../../functions/engine/model/run.ts';
import { eventsOf, type RunningCli, sharedBundle, startCli } from '../../support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { countRows, valuesOf } from './dataset.ts';

const bundle = sharedBundle();
let gitlab: SimulatedGitlab;
let database: TestDatabase;
let running: RunningCli;
let url: string;

beforeAll(async () => {
  gitlab = await startGitlab({ projects: 4, jobs: 60, branches: 10, users: 5, alerts: 2 });
  database = await createDatabase();
  running = startCli(bundle, ['serve', '--port', '0'], {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: database.url,
  });
  ({ url } = JSON.parse(await running.line('"serving"')) as { readonly url: string });
});

afterAll(async () => {
  running.child.kill('SIGKILL');
  await gitlab.close();
  await database.drop();
});

interface Told {
  readonly status: number;
  readonly body: unknown;
}

async function call(path: string, init: RequestInit = {}): Promise<Told> {
  const response = await fetch(`${url}${path}`, init);
  return { status: response.status, body: await response.json() };
}

function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}) {
  const type = { 'content-type': 'application/json' };
  return call(path, { method: 'POST', body, headers: { ...type, ...headers } });
}

const sentence: unknown = expect.stringMatching(/^\S.*\.$/);

describe('serve', () => {
  test('says that it is well', async () => {
    expect(await call('/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  });

  test('POST runs a family, its parents first, and answers the report', async () => {
    const { status, body } = await post('/jobs', '{}');

    const report = body as RunReport;
    expect(status).toBe(200);
    expect(report.outcome).toBe('done');
    expect(Object.keys(report.resources).toSorted()).toEqual(['jobs', 'projects']);
    expect(await countRows(database.url, 'api_entities_job')).toBe(gitlab.world.jobs.size);
  });

  test('an empty body and the body of a scheduler load what is due', async () => {
    const scheduled = { 'x-cloudscheduler-scheduletime': new Date().toISOString() };

    const [empty, schedule] = [await post('/jobs', ''), await post('/jobs', '{}', scheduled)];

    expect(empty).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect(schedule).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect(Object.keys((empty.body as RunReport).resources)).toEqual(['jobs']);
  });

  test.each([
    { body: '{"full":"yes"}', says: /'full'/ },
    { body: '{"everything":true}', says: /'everything'/ },
    { body: '[]', says: /body/ },
    { body: '{"asOf":"soon"}', says: /'asOf'/ },
    { body: '{"resources":["jobz"]}', says: /'jobz'/ },
    { body: '{"partition":7}', says: /'partition'/ },
    { body: 'jobs', says: /body/ },
  ])('refuses the body $body with 400 and one sentence', async ({ body, says }) => {
    const answer = await post('/jobs', body);

    expect(answer).toEqual({
      status: 400,
      body: { code: 'E_REQUEST', message: expect.stringMatching(says) as unknown },
    });
    expect(answer.body).toMatchObject({ message: sentence });
  });

  test('a family is not loaded through the function of another', async () => {
    const answer = await post('/jobs', '{"resources":["appearance"]}');

    expect(answer.status).toBe(400);
  });

  test('refuses a family that does not exist and other methods', async () => {
    expect(await post('/jobz', '{}')).toEqual({
      status: 404,
      body: { message: expect.stringMatching(/'jobz'.*\.$/) as unknown },
    });
    expect(await call('/jobs')).toEqual({ status: 405, body: { message: sentence } });
    expect(await call('/jobs', { method: 'DELETE' })).toMatchObject({ status: 405 });
  });

  test('hands a push of Pub/Sub to the function of its family', async () => {
    const data = Buffer.from('{"resources":["jobs"]}').toString('base64');
    const push = (attributes: object) =>
      post('/pubsub', JSON.stringify({ message: { data, attributes, messageId: '1' } }));

    const [own, foreign, unknown, none] = [
      await push({ family: 'jobs' }),
      await push({ family: 'users' }),
      await push({ family: 'jobz' }),
      await post('/pubsub', '{}'),
    ];

    expect(own).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect(foreign).toMatchObject({ status: 400, body: { message: sentence } });
    expect(unknown).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("'jobz'") as unknown },
    });
    expect(none).toMatchObject({ status: 400, body: { message: sentence } });
    expect(await call('/pubsub')).toMatchObject({ status: 405 });
  });

  test('loads one partition again when it is asked to', async () => {
    const [project] = gitlab.world.projects.keys();

    const { status, body } = await post(
      '/jobs',
      JSON.stringify({ partition: project?.toString(), full: true }),
    );

    expect(status).toBe(200);
    expect((body as RunReport).resources['jobs']).toMatchObject({ partitions: 1, written: 0 });
    expect(await valuesOf(database.url, 'api_entities_job', 'project_id')).toHaveLength(
      [...gitlab.world.projects.values()].filter(({ jobs }) => jobs.length > 0).length,
    );
  });

  test('writes JSON lines only and ends at SIGTERM', async () => {
    const sentAt = performance.now();
    running.child.kill('SIGTERM');

    const result = await running.ended;

    expect(performance.now() - sentAt).toBeLessThan(3_000);
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(eventsOf(result).length).toBeGreaterThan(10);
    expect(result.stdout).not.toContain(gitlab.adminToken);
  });
});
