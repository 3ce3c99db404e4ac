import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RunReport } from '../../../functions/engine/model/run.ts';
import {
  type FunctionProcess,
  ofCommand,
  startFunction,
  type Told,
} from '../../support/functionProcess.ts';
import { type Bench, openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const EVENT_TYPE = 'google.cloud.pubsub.topic.v1.messagePublished';
const sentence: unknown = expect.stringMatching(/^\S.*\.$/);

let bench: Bench;
let jobs: FunctionProcess;

beforeAll(async () => {
  bench = await openBench({ projects: 3, jobs: 120, branches: 2 });
  const settings = {
    GITLAB_BASE_URL: bench.gitlab.url,
    GITLAB_TOKEN: bench.gitlab.adminToken,
    DATABASE_URL: bench.databaseUrl,
    GOOGLE_CLOUD_PROJECT: 'acme',
    CLOUD_RUN_TIMEOUT_SECONDS: '60',
  };
  jobs = await startFunction('jobs', settings, ofCommand());
});

afterAll(async () => {
  await jobs[Symbol.asyncDispose]();
  await bench.close();
});

/** The lines that the function wrote since. */
function linesSince(start: number): readonly Readonly<Record<string, unknown>>[] {
  const lines = jobs.written().slice(start).split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

function message(body: string): object {
  const data = Buffer.from(body).toString('base64');
  const publishTime = new Date().toISOString();
  return { data, attributes: { family: 'jobs' }, messageId: '17', publishTime };
}

describe('a function', () => {
  test('tells its health and takes nothing but calls', async () => {
    const [health, page, put] = [
      await fetch(jobs.url),
      await fetch(`${jobs.url}/jobs`),
      await fetch(jobs.url, { method: 'PUT', body: '{}' }),
    ];

    expect(health.status).toBe(200);
    expect(await health.json()).toEqual({ status: 'ok' });
    expect([page.status, put.status]).toEqual([405, 405]);
    expect(put.headers.get('allow')).toBe('POST');
  });

  test('serves two calls at the same time', async () => {
    const told = await Promise.all([jobs.post('{"all":true}'), jobs.post('{"all":true}')]);

    expect(told.map(({ status }) => status)).toEqual([200, 200]);
    const { api_entities_job = [] } = bench.gitlab.truth('admin');
    expect(await truthDifferences(bench.database, { api_entities_job })).toEqual([]);
  });

  test.each([
    { form: 'a push', body: { message: message('{}'), subscription: 's' }, headers: {} },
    {
      form: 'a CloudEvent in binary mode',
      body: { message: message(''), subscription: 's' },
      headers: {
        'ce-specversion': '1.0',
        'ce-type': EVENT_TYPE,
        'ce-id': '17',
        'ce-source': '//p',
      },
    },
    {
      form: 'a CloudEvent in structured mode',
      body: { specversion: '1.0', type: EVENT_TYPE, id: '17', data: { message: message('{}') } },
      headers: { 'content-type': 'application/cloudevents+json' },
    },
    {
      form: 'a push without wrapper',
      body: { full: false },
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-goog-pubsub-message-id': '17',
        'x-goog-pubsub-publish-time': new Date().toISOString(),
      },
    },
  ])('runs by $form', async ({ body, headers }) => {
    const start = jobs.written().length;

    const told = await jobs.post(JSON.stringify(body), headers);

    expect(told).toMatchObject({ status: 200, body: { outcome: 'done' } });
    const started = linesSince(start).find(({ event }) => event === 'run-started');
    expect(started?.['request']).toMatchObject({ trigger: 'pubsub', families: ['jobs'] });
  });

  test('finds nothing to do when a message is delivered again', async () => {
    const body = JSON.stringify({ message: message('{}') });
    await jobs.post(body);
    bench.gitlab.requests.clear();

    const { status } = await jobs.post(body);

    expect(status).toBe(200);
    expect(bench.gitlab.requests.count(/\/jobs\?/)).toBe(0);
  });

  test('writes lines that belong to the trace of the call', async () => {
    const start = jobs.written().length;

    const { body } = await jobs.post('{}', { traceparent: `00-${TRACE}-${SPAN}-01` });

    const lines = linesSince(start);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines)
      expect(line).toMatchObject({
        severity: expect.any(String) as unknown,
        'logging.googleapis.com/trace': `projects/acme/traces/${TRACE}`,
        'logging.googleapis.com/spanId': SPAN,
        'logging.googleapis.com/labels': { family: 'jobs', run_id: (body as RunReport).runId },
      });
  });
});

describe('a wrong request', () => {
  const CANARY = 'canary-4711';

  test.each([
    { body: `{"token": "${CANARY}"`, headers: {} },
    { body: CANARY, headers: {} },
    { body: `{"${CANARY}": 1}`, headers: {} },
    { body: `{"resources": ["${CANARY}"]}`, headers: {} },
    { body: `{"x": "${CANARY}"`, headers: { 'content-type': 'application/cloudevents+json' } },
    {
      body: `${CANARY}=%E0%A4%A`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    { body: CANARY, headers: { 'content-type': `text/plain; charset=${CANARY}` } },
    { body: JSON.stringify({ message: message(CANARY) }), headers: {} },
    { body: `{"full": "${CANARY}${'x'.repeat(1 << 20)}"}`, headers: {} },
    // G8
  ])('is refused with 400 and one sentence, and not logged (%#)', async ({ body, headers }) => {
    const told: Told = await jobs.post(body, headers);

    expect(told).toMatchObject({ status: 400, body: { code: 'E_REQUEST', message: sentence } });
    expect(jobs.written()).not.toContain(CANARY);
  });
});

describe('a call that cannot do its work', () => {
  test('is answered with 400 when there is no such project', async () => {
    const told = await jobs.post('{"partition": "4711"}');

    expect(told).toMatchObject({ status: 400, body: { code: 'E_REQUEST', message: sentence } });
  });

  test('is answered with 500 and logged when a person must act', async () => {
    const start = jobs.written().length;
    bench.gitlab.faults.add({
      match: { path: /./ },
      respond: { status: 401, body: '{"message":"401 Unauthorized"}' },
    });

    const told = await jobs.post('{}');

    bench.gitlab.faults.clear();
    expect(told).toMatchObject({ status: 500, body: { code: 'E_GITLAB_AUTH', message: sentence } });
    expect(linesSince(start)).toContainEqual(
      expect.objectContaining({ severity: 'ERROR', code: 'E_GITLAB_AUTH' }),
    );
  });

  test('is answered with 503 and the time that GitLab asked for', async () => {
    bench.gitlab.faults.add({
      match: { path: /\/jobs\?/ },
      respond: { status: 429, headers: { 'retry-after': '600' }, body: '{}' },
    });

    const told = await jobs.post('{"full":true}');

    bench.gitlab.faults.clear();
    expect(told).toMatchObject({ status: 503, body: { outcome: 'suspended' } });
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(500);
  });
});
