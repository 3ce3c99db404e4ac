import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test, vi } from 'vitest';

import {
  API_SCOPE,
  applicationDefault,
  LOGIN_SCOPE,
} from '../../../functions/engine/alloydb/credentials.ts';
import { startFakeAlloydb } from '../../support/alloydb/fakeAlloydb.ts';
import { INSTANCE_URI } from '../../support/alloydb/fakeAlloydb.ts';
import { nowhere, refusalOf } from '../../support/alloydb/refusal.ts';
import { startMetadataServer } from '../../support/google/metadata.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the application default credentials', () => {
  test('of a service on Google Cloud give one token for each scope, and keep it', async () => {
    await using metadata = await startMetadataServer();
    for (const [name, value] of Object.entries(metadata.environment)) vi.stubEnv(name, value);
    const credentials = applicationDefault();

    const tokens = [
      await credentials.accessToken(API_SCOPE),
      await credentials.accessToken(LOGIN_SCOPE),
      await credentials.accessToken(API_SCOPE),
    ];

    expect(tokens.map((token) => metadata.office.scopeOf(token))).toEqual([
      API_SCOPE,
      LOGIN_SCOPE,
      API_SCOPE,
    ]);
    expect(metadata.asked).toEqual([API_SCOPE, LOGIN_SCOPE]);
    expect(await credentials.quotaProject?.()).toBeUndefined();
  });

  test('that the metadata server does not give for now are waited for some seconds, and told', async () => {
    await using metadata = await startMetadataServer();
    for (const [name, value] of Object.entries(metadata.environment)) vi.stubEnv(name, value);
    metadata.state.status = 503;
    await using alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
    const connector = alloydb.connector({ credentials: applicationDefault() });
    const startedAt = performance.now();

    const error = await refusalOf(connector.getOptions({ instanceUri: INSTANCE_URI }));

    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(error).toMatchObject({
      code: 'API_UNAVAILABLE',
      message:
        'No access token could be had from the credentials for now: the request for it failed with 503.',
    });
    expect(metadata.asked.length).toBeGreaterThan(1);
  });

  test('in a file that is not there are named', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nonexistent/key.json');
    await using alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
    const connector = alloydb.connector({ credentials: applicationDefault() });

    const error = await refusalOf(connector.getOptions({ instanceUri: INSTANCE_URI }));

    expect(error.code).toBe('NO_CREDENTIALS');
    expect(error.message).toMatch(/^No access token could be had .*\/nonexistent\/key\.json/);
  });

  test.each(['canary', '{"private_key": "canary', '{"private_key": canary}', '-----BEGIN canary'])(
    'in a file that is not JSON are not shown: %s',
    async (text) => {
      const folder = mkdtempSync(join(tmpdir(), 'credentials-'));
      const file = join(folder, 'key.json');
      writeFileSync(file, text);
      vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file);
      await using alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
      const connector = alloydb.connector({ credentials: applicationDefault() });

      const error = await refusalOf(connector.getOptions({ instanceUri: INSTANCE_URI }));
      rmSync(folder, { recursive: true });

      expect(error.code).toBe('NO_CREDENTIALS');
      expect(error.message).toBe(
        'No access token could be had from the credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names is not JSON.',
      );
    },
  );
});
