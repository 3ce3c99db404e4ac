import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { Continuation } from '../../../functions/engine/config/parsers.ts';
import type { RunRequest } from '../../../functions/engine/model/run.ts';
import { openWaker, type WakerSettings } from '../../../functions/engine/run/openWaker.ts';
import { readRequest } from '../../../functions/engine/trigger/request.ts';
import { openTokenOffice } from '../../support/alloydb/tokens.ts';
import { type ApiCall, startStandInApi } from '../../support/google/standInApi.ts';

const CONTINUATION: RunRequest = {
  trigger: 'continuation',
  resources: ['jobs', 'branches'],
  partition: '7',
  mode: 'full',
  until: 'done',
  asOf: new Date('2026-11-23T05:00:00.000Z'),
};

function settingsOf(continuation: Continuation): WakerSettings {
  return {
    continuation,
    continuationUrl: 'https://{family}-abc.a.run.app/',
    continuationServiceAccount: 'invoker@acme.iam.gserviceaccount.com',
  };
}

/** What a stand-in for all APIs is asked when the continuation is. */
async function callsOf(continuation: Continuation): Promise<readonly ApiCall[]> {
  await using api = await startStandInApi(() => ({ status: 200, body: { messageIds: ['1'] } }));
  const services = ['PUBSUB', 'CLOUDTASKS', 'RUN'];
  const names = services.map((service) => `CLOUDSDK_API_ENDPOINT_OVERRIDES_${service}`);
  const waker = openWaker(settingsOf(continuation), {
    environment: Object.fromEntries(names.map((name) => [name, api.url])),
    catalog,
    goOn: () => undefined,
    credentials: openTokenOffice().credentials,
  });
  await waker?.wake(CONTINUATION);
  return api.calls.toSorted((a, b) => JSON.stringify(a.body).localeCompare(JSON.stringify(b.body)));
}

/** The order in a body as the function of a family reads it. */
function orderIn(body: string, family?: string): RunRequest {
  return readRequest(body, { trigger: 'manual', ...(family === undefined ? {} : { family }) });
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

test('a topic gets a message for each family that it can be chosen by', async () => {
  const name = 'projects/acme/topics/go-on';
  const calls = await callsOf({ by: 'topic', name });

  const messages = calls.flatMap(({ path, body }) => {
    expect(path).toBe(`/v1/${name}:publish`);
    return (body as { messages: { data: string; attributes: { family: string } }[] }).messages;
  });
  const orders = messages.map(({ data, attributes: { family } }) => [
    family,
    orderIn(decoded(data), family),
  ]);
  expect(Object.fromEntries(orders)).toStrictEqual({
    jobs: { ...CONTINUATION, resources: ['jobs'] },
    branches: { ...CONTINUATION, resources: ['branches'] },
  });
});

test('a queue calls the function of each family', async () => {
  const calls = await callsOf({ by: 'queue', name: 'projects/acme/locations/r/queues/go-on' });

  const called = calls.map(({ body }) => {
    const { task } = body as { task: { httpRequest: { url: string; body: string } } };
    return [task.httpRequest.url, orderIn(decoded(task.httpRequest.body)).resources];
  });
  expect(Object.fromEntries(called)).toStrictEqual({
    'https://jobs-abc.a.run.app/': ['jobs'],
    'https://branches-abc.a.run.app/': ['branches'],
  });
});

test('a job gets the whole order', async () => {
  const name = 'projects/acme/locations/r/jobs/backfill';
  const calls = await callsOf({ by: 'job', name });

  expect(calls.map(({ path }) => path)).toEqual([`/v2/${name}:run`]);
  const { overrides } = calls[0]?.body as {
    overrides: { containerOverrides: { env: { name: string; value: string }[] }[] };
  };
  const [variable] = overrides.containerOverrides[0]?.env ?? [];
  expect(variable?.name).toBe('RUN_REQUEST');
  expect(orderIn(variable?.value ?? '')).toStrictEqual(CONTINUATION);
});

test('the process is told, and nobody where nobody is named', async () => {
  const told: RunRequest[] = [];
  const options = { environment: {}, catalog, goOn: (request: RunRequest) => told.push(request) };

  await openWaker(settingsOf({ by: 'process' }), options)?.wake(CONTINUATION);

  expect(told).toEqual([CONTINUATION]);
  expect(openWaker(settingsOf({ by: 'nobody' }), options)).toBeUndefined();
});
