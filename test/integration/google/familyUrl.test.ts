import { expect, test } from 'vitest';

import { accessRequests } from '../../../functions/access_requests/resources.ts';
import { openWaker } from '../../../functions/engine/run/openWaker.ts';
import { openTokenOffice } from '../../support/alloydb/tokens.ts';
import { startStandInApi } from '../../support/google/standInApi.ts';

test.each([
  ['https://gitlab-{family}-123.a.run.app', 'https://gitlab-access-requests-123.a.run.app'],
  ['https://loader.example.com/{family}', 'https://loader.example.com/access_requests'],
])('a continuation by way of %s calls %s', async (continuationUrl, url) => {
  await using api = await startStandInApi();
  const waker = openWaker(
    {
      continuation: { by: 'queue', name: 'projects/acme/locations/europe-west1/queues/go-on' },
      continuationUrl,
      continuationServiceAccount: 'invoker@acme.iam.gserviceaccount.com',
    },
    {
      environment: { CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDTASKS: api.url },
      catalog: { access_requests: accessRequests },
      goOn: () => undefined,
      credentials: openTokenOffice().credentials,
    },
  );

  await waker?.wake({
    trigger: 'schedule',
    families: ['access_requests'],
    mode: 'incremental',
    until: 'once',
  });

  expect(api.calls[0]?.body).toMatchObject({ task: { httpRequest: { url } } });
});
