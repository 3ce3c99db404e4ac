import { once } from 'node:events';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Connector } from '../../../functions/engine/alloydb/index.ts';
import {
  type FakeAlloydb,
  INSTANCE_URI,
  startFakeAlloydb,
} from '../../support/alloydb/fakeAlloydb.ts';
import { nowhere, refusalOf } from '../../support/alloydb/refusal.ts';

let alloydb: FakeAlloydb;

beforeEach(async () => {
  alloydb = await startFakeAlloydb({ databaseUrl: nowhere });
});

afterEach(async () => {
  await alloydb[Symbol.asyncDispose]();
});

/** Asks a connector for options, which takes both calls. */
function askFor(connector: Connector = alloydb.connector()): Promise<unknown> {
  return connector.getOptions({ instanceUri: INSTANCE_URI });
}

describe('the calls of the Admin API', () => {
  test('are two, with the token for the API and an RSA key', async () => {
    await askFor();

    const [first, second] = [...alloydb.api.calls].sort((a, b) => a.method.localeCompare(b.method));
    expect([first?.path, second?.path]).toEqual([
      `/v1beta/${INSTANCE_URI}/connectionInfo`,
      '/v1beta/projects/acme/locations/europe-west1/clusters/main:generateClientCertificate',
    ]);
    expect(second?.body).toEqual({
      publicKey: expect.stringMatching(/^-----BEGIN RSA PUBLIC KEY-----\n/) as string,
      certDuration: '3600s',
      useMetadataExchange: true,
    });
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer ya29.canary-cloud-platform',
      'user-agent': expect.stringContaining('alloydb-nodejs-connector') as string,
    });
  });

  test('name the project that they are counted for, if there is one', async () => {
    const { credentials } = alloydb.office;
    const quotaProject = (): Promise<string> => Promise.resolve('billing');

    await askFor(alloydb.connector({ credentials: { ...credentials, quotaProject } }));

    expect(alloydb.api.calls.map(({ headers }) => headers['x-goog-user-project'])).toEqual([
      'billing',
      'billing',
    ]);
  });

  test('are made once for all who ask for the same instance', async () => {
    const connector = alloydb.connector();

    await Promise.all([askFor(connector), askFor(connector), askFor(connector)]);
    await askFor(connector);

    expect(alloydb.api.calls).toHaveLength(2);
  });
});

describe('a failure that may pass', () => {
  test.each([429, 500, 503])('%i is asked again, after growing waits', async (status) => {
    alloydb.state.fault = ({ method }, count) =>
      method === 'GET' && count < 4 ? { status } : undefined;

    await askFor();

    expect(alloydb.waits.length).toBeGreaterThan(1);
    expect(alloydb.waits.slice(0, 2)).toEqual([100, 160]);
  });

  test('is told after five attempts', async () => {
    alloydb.state.fault = ({ method }) => (method === 'GET' ? { status: 503 } : undefined);

    const error = await refusalOf(askFor());

    expect(error).toMatchObject({
      code: 'API_UNAVAILABLE',
      message: `The AlloyDB API answered 503 for instance '${INSTANCE_URI}'.`,
    });
    expect(alloydb.api.calls.filter(({ method }) => method === 'GET')).toHaveLength(5);
  });

  test('may be an answer that never comes', async () => {
    alloydb.state.fault = () => ({ hang: true });

    const error = await refusalOf(askFor(alloydb.connector({ timeouts: { apiMilliseconds: 5 } })));

    expect(error).toMatchObject({
      code: 'API_UNAVAILABLE',
      message: `The AlloyDB API could not be asked about instance '${INSTANCE_URI}': no answer in 5 ms.`,
    });
  });

  test('may be a server that is not there', async () => {
    await alloydb.api[Symbol.asyncDispose]();

    const error = await refusalOf(askFor());

    expect(error).toMatchObject({
      code: 'API_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  test('may be a page that is not JSON', async () => {
    alloydb.state.fault = (_call, count) =>
      count < 2 ? { status: 200, body: '<html>' } : undefined;

    await askFor();

    expect(alloydb.waits).toHaveLength(2);
  });
});

describe('close', () => {
  test('ends a call that is under way and refuses the next', async () => {
    alloydb.state.fault = () => ({ hang: true });
    const connector = alloydb.connector();
    const asked = refusalOf(askFor(connector));
    await new Promise(setImmediate);

    connector.close();
    connector.close();

    expect(await asked).toMatchObject({ code: 'CLOSED' });
    expect(await refusalOf(askFor(connector))).toMatchObject({ code: 'CLOSED' });
  });

  test('leaves a stream that was handed out before only an error', async () => {
    const connector = alloydb.connector();
    const { stream } = await connector.getOptions({ instanceUri: INSTANCE_URI });
    connector.close();

    const made = stream() as ReturnType<typeof stream> & { connect(): void };
    made.connect();

    expect(await once(made, 'error')).toMatchObject([{ code: 'CLOSED' }]);
  });
});
