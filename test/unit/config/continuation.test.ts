import { expect, test } from 'vitest';

import { loadSettings } from '../../../functions/engine/config/loadSettings.ts';

const GOOD = { GITLAB_TOKEN: 'glpat-x', DATABASE_URL: 'postgres://loader@127.0.0.1/db' };
const QUEUE = 'projects/acme/locations/r/queues/go-on';

test.each([
  ['', { by: 'nobody' }],
  ['in-process', { by: 'process' }],
  ['projects/acme/topics/go-on', { by: 'topic', name: 'projects/acme/topics/go-on' }],
  ['projects/acme/locations/r/jobs/all', { by: 'job', name: 'projects/acme/locations/r/jobs/all' }],
])("CONTINUATION='%s' is read", async (text, continuation) => {
  expect(await loadSettings({ ...GOOD, CONTINUATION: text })).toMatchObject({ continuation });
});

test.each([
  ['CONTINUATION', 'projects/acme/subscriptions/go-on'],
  ['CONTINUATION', 'go-on'],
  ['CONTINUATION_URL', 'jobs.a.run.app'],
])('%s=%s is refused with what is expected', async (variable, text) => {
  await expect(loadSettings({ ...GOOD, [variable]: text })).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringMatching(`${variable}: expected .+, got '${text}'\\.$`) as string,
  });
});

test('a queue needs to know where to call and in whose name', async () => {
  const caller = {
    CONTINUATION_URL: 'https://{family}-abc.a.run.app',
    CONTINUATION_SERVICE_ACCOUNT: 'invoker@acme.iam.gserviceaccount.com',
  };

  await expect(loadSettings({ ...GOOD, CONTINUATION: QUEUE })).rejects.toThrow(
    'CONTINUATION_URL is not set, which a queue in CONTINUATION needs; CONTINUATION_SERVICE_ACCOUNT is not set',
  );
  expect(await loadSettings({ ...GOOD, CONTINUATION: QUEUE, ...caller })).toMatchObject({
    continuation: { by: 'queue', name: QUEUE },
    continuationUrl: caller.CONTINUATION_URL,
    continuationServiceAccount: caller.CONTINUATION_SERVICE_ACCOUNT,
  });
});
