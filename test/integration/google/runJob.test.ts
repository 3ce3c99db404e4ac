import { expect, test } from 'vitest';

import { openJob } from '../../../functions/engine/google/runJob.ts';
import { openTokenOffice } from '../../support/alloydb/tokens.ts';
import { startStandInApi } from '../../support/google/standInApi.ts';

const JOB = 'projects/acme/locations/europe-west1/jobs/backfill';

test('a job is started with one task and variables besides its own', async () => {
  await using api = await startStandInApi();
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: api.url };
  const job = openJob(JOB, environment, openTokenOffice().credentials);

  await job.start({ RUN_REQUEST: '{"all":true}' });

  expect(api.calls).toMatchObject([
    {
      path: `/v2/${JOB}:run`,
      headers: { authorization: 'Bearer ya29.canary-cloud-platform' },
      body: {
        overrides: {
          taskCount: 1,
          containerOverrides: [{ env: [{ name: 'RUN_REQUEST', value: '{"all":true}' }] }],
        },
      },
    },
  ]);
});

test('a quota that is used up passes', async () => {
  await using api = await startStandInApi(() => ({ status: 429, body: {} }));
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN: api.url };
  const job = openJob(JOB, environment, openTokenOffice().credentials);

  await expect(job.start({})).rejects.toMatchObject({ code: 'E_GOOGLE' });
});
