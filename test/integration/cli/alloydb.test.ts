import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { describe, expect, test } from 'vitest';

import { runCli, sharedBundle } from '../../support/cli.ts';
import { expectRefusal } from './expectRefusal.ts';

const bundle = sharedBundle();

const ALLOYDB = {
  GITLAB_BASE_URL: 'http://127.0.0.1:1',
  GITLAB_TOKEN: 'glpat-canary',
  ALLOYDB_INSTANCE: 'projects/acme/locations/r/clusters/c/instances/i',
  DB_USER: 'loader',
  DB_NAME: 'warehouse',
  DB_PASSWORD: 'canary',
};

// Together, because one of them waits until a server is taken for away.
describe.concurrent('ALLOYDB_INSTANCE', () => {
  test.each(['run', 'check', 'status', 'verify', 'schema', 'takeover', 'resume'])(
    '%s asks Google for a token first and says what is wrong with the credentials',
    async (verb) => {
      const result = await runCli(bundle, [verb], {
        ...ALLOYDB,
        GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent/key.json',
      });

      expectRefusal(result, {
        exitCode: 78,
        sentence:
          /^No access token could be had from the credentials: .*\/nonexistent\/key\.json does not exist/,
      });
    },
  );

  test('without any credentials says so and nothing else', async () => {
    const result = await runCli(bundle, ['status'], {
      ...ALLOYDB,
      HOME: '/nonexistent',
    });

    expectRefusal(result, { exitCode: 78, sentence: /Could not load the default credentials/ });
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(2);
  });

  test('with a metadata server that answers 503 is unreachable for now', async () => {
    const metadata = createServer((_, response) => response.writeHead(503).end());
    await once(metadata.listen(0, '127.0.0.1'), 'listening');
    const { port } = metadata.address() as AddressInfo;
    try {
      const result = await runCli(bundle, ['status'], {
        ...{ ...ALLOYDB, HOME: '/nonexistent' },
        GCE_METADATA_HOST: `127.0.0.1:${port.toString()}`,
      });

      expectRefusal(result, {
        exitCode: 1,
        sentence: /for now: the request for it failed with 503\.$/,
      });
      expect(result.stderr).toContain('[E_DATABASE_UNREACHABLE]');
    } finally {
      metadata.close();
    }
  });

  test('beside DATABASE_URL is refused by every command that needs a database', async () => {
    const result = await runCli(bundle, ['status'], {
      ...ALLOYDB,
      DATABASE_URL: 'postgres://loader:canary@127.0.0.1:1/warehouse',
    });

    expectRefusal(result, {
      exitCode: 78,
      sentence: /DATABASE_URL and ALLOYDB_INSTANCE are both set; expected one of them\./,
    });
    expect(result.stderr).not.toContain('canary');
  });
});
