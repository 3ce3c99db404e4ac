import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import {
  API_SCOPE,
  applicationDefault,
  LOGIN_SCOPE,
} from '../../../functions/engine/alloydb/credentials.ts';
import { startFakeAlloydb } from '../../support/alloydb/fakeAlloydb.ts';
import { INSTANCE_URI } from '../../support/alloydb/fakeAlloydb.ts';
import { nowhere, refusalOf } from '../../support/alloydb/refusal.ts';

/** A stand-in for the metadata server of Google Cloud, which gives a service its tokens. */
let metadata: Server;
const asked: string[] = [];

beforeAll(async () => {
  metadata = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://metadata');
    const scope = searchParams.get('scopes') ?? '';
    response.setHeader('metadata-flavor', 'Google');
    if (request.headers['metadata-flavor'] !== 'Google') response.writeHead(403).end();
    else if (pathname.endsWith('/default/token')) {
      asked.push(scope);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ access_token: `token of ${scope}`, expires_in: 3599 }));
    } else response.end(pathname.endsWith('/universe-domain') ? 'googleapis.com' : 'acme');
  });
  await once(metadata.listen(0, '127.0.0.1'), 'listening');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

afterAll(() => {
  metadata.close();
});

describe('the application default credentials', () => {
  test('of a service on Google Cloud give one token for each scope, and keep it', async () => {
    const { port } = metadata.address() as AddressInfo;
    vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${port.toString()}`);
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present');
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
    vi.stubEnv('HOME', '/nonexistent');
    const credentials = applicationDefault();

    const tokens = [
      await credentials.accessToken(API_SCOPE),
      await credentials.accessToken(LOGIN_SCOPE),
      await credentials.accessToken(API_SCOPE),
    ];

    expect(tokens).toEqual([API_SCOPE, LOGIN_SCOPE, API_SCOPE].map((scope) => `token of ${scope}`));
    expect(asked).toEqual([API_SCOPE, LOGIN_SCOPE]);
    expect(await credentials.quotaProject?.()).toBeUndefined();
  });

  test('in a file that is not there are named', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nonexistent/key.json');
    await using alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
    const connector = alloydb.connector({ credentials: applicationDefault() });

    const error = await refusalOf(connector.getOptions({ instanceUri: INSTANCE_URI }));

    expect(error.code).toBe('NO_CREDENTIALS');
    expect(error.message).toMatch(/^No access token could be had .*\/nonexistent\/key\.json/);
  });
});
