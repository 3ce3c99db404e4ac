import { expect, test } from 'vitest';

import { openQueue } from '../../../functions/engine/google/createTask.ts';
import { openTokenOffice } from '../../support/alloydb/tokens.ts';
import { startStandInApi } from '../../support/google/standInApi.ts';

const QUEUE = 'projects/acme/locations/europe-west1/queues/go-on';
const TASK = { body: '{"all":true}', serviceAccount: 'invoker@acme.iam.gserviceaccount.com' };

test('a task is stored without a name and calls its URL in the name of the service account', async () => {
  await using api = await startStandInApi();
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: api.url };
  const queue = openQueue(QUEUE, environment, openTokenOffice().credentials);

  await queue.add({ ...TASK, url: 'https://jobs-abc.a.run.app/deep' });

  expect(api.calls).toMatchObject([
    {
      path: `/v2/${QUEUE}/tasks`,
      headers: { authorization: 'Bearer ya29.canary-cloud-platform' },
    },
  ]);
  expect(api.calls[0]?.body).toStrictEqual({
    task: {
      dispatchDeadline: '1800s',
      httpRequest: {
        url: 'https://jobs-abc.a.run.app/deep',
        httpMethod: 'POST',
        headers: { 'content-type': 'application/json' },
        body: 'eyJhbGwiOnRydWV9',
        oidcToken: {
          serviceAccountEmail: TASK.serviceAccount,
          audience: 'https://jobs-abc.a.run.app',
        },
      },
    },
  });
});

test("a function's older address is its own audience", async () => {
  await using api = await startStandInApi();
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: api.url };
  const url = 'https://europe-west1-acme.cloudfunctions.net/jobs';

  await openQueue(QUEUE, environment, openTokenOffice().credentials).add({ ...TASK, url });

  const oidcToken = { audience: url };
  expect(api.calls[0]?.body).toMatchObject({ task: { httpRequest: { oidcToken } } });
});

test('a queue that is not there is told in the words of the API', async () => {
  const body = { error: { message: 'Queue does not exist.' } };
  await using api = await startStandInApi(() => ({ status: 404, body }));
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: api.url };
  const queue = openQueue(QUEUE, environment, openTokenOffice().credentials);

  await expect(queue.add({ ...TASK, url: 'https://a.run.app' })).rejects.toMatchObject({
    code: 'E_GOOGLE_ACCESS',
    message: `Google Cloud answered 404 to 'POST /v2/${QUEUE}/tasks': Queue does not exist.`,
  });
});
