import { describe, expect, test } from 'vitest';

import { parseInstanceUri } from '../../../functions/engine/alloydb/instanceUri.ts';

describe('parseInstanceUri', () => {
  test.each([
    {
      uri: 'projects/acme/locations/europe-west1/clusters/main/instances/primary',
      cluster: 'projects/acme/locations/europe-west1/clusters/main',
      project: 'acme',
    },
    {
      uri: 'projects/example.com:acme/locations/r/clusters/c/instances/i',
      cluster: 'projects/example.com:acme/locations/r/clusters/c',
      project: 'example.com:acme',
    },
  ])('reads $uri', ({ uri, cluster, project }) => {
    expect(parseInstanceUri(uri)).toEqual({ instance: uri, cluster, project });
  });

  test.each([
    '',
    'acme:europe-west1:main:primary',
    'projects/acme/locations/r/clusters/c',
    'projects/acme/locations/r/clusters/c/instances/',
    'projects/acme/locations/r/clusters/c/instances/i/',
    '/projects/acme/locations/r/clusters/c/instances/i',
    'projects/acme/locations/r/clusters/c/instances/i?x=1',
    'projects/../locations/r/clusters/c/instances/i',
    'projects/acme/locations/r/clusters/c/instances/i\n',
  ])('refuses %j and shows the form', (uri) => {
    expect(() => parseInstanceUri(uri)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INSTANCE_URI',
        message: `Expected an instance URI such as projects/P/locations/R/clusters/C/instances/I, got '${uri}'.`,
      }),
    );
  });
});
