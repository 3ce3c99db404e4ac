import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { Connector, IpType } from '../../../functions/engine/alloydb/index.ts';
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

/** What a connector says when it is asked for options. */
function askFor(
  connector: Connector = alloydb.connector(),
  ipType: IpType = 'PRIVATE',
): Promise<unknown> {
  return connector.getOptions({ instanceUri: INSTANCE_URI, ipType });
}

/** A body of Google's error model. */
function refused(reason: string, permission?: string): object {
  const metadata = { service: 'alloydb.googleapis.com', ...(permission && { permission }) };
  return { error: { code: 403, status: 'PERMISSION_DENIED', details: [{ reason, metadata }] } };
}

describe('a refusal', () => {
  test.each([
    {
      name: '403 of a permission of AlloyDB',
      fault: { status: 403, body: refused('IAM_PERMISSION_DENIED', 'alloydb.instances.connect') },
      code: 'API_DENIED',
      message: `The credentials may not connect to AlloyDB instance '${INSTANCE_URI}' (403): alloydb.instances.connect is missing, which roles/alloydb.client grants.`,
    },
    {
      name: '403 with the permission in its sentence only',
      fault: {
        status: 403,
        body: {
          error: {
            message: "Permission 'alloydb.clusters.generateClientCertificate' denied on 'x'",
          },
        },
      },
      code: 'API_DENIED',
      message: `The credentials may not connect to AlloyDB instance '${INSTANCE_URI}' (403): alloydb.clusters.generateClientCertificate is missing, which roles/alloydb.client grants.`,
    },
    {
      name: '403 of a permission to use services',
      fault: { status: 403, body: refused('USER_PROJECT_DENIED') },
      code: 'API_DENIED',
      message: `The credentials may not connect to AlloyDB instance '${INSTANCE_URI}' (403): serviceusage.services.use is missing, which roles/serviceusage.serviceUsageConsumer grants.`,
    },
    {
      name: '403 of an API that is not enabled',
      fault: { status: 403, body: refused('SERVICE_DISABLED') },
      code: 'API_DENIED',
      message: "The AlloyDB API (alloydb.googleapis.com) is not enabled in project 'acme' (403).",
    },
    {
      name: '403 of a token with other scopes',
      fault: { status: 403, body: refused('ACCESS_TOKEN_SCOPE_INSUFFICIENT') },
      code: 'API_DENIED',
      message: `The access token for AlloyDB instance '${INSTANCE_URI}' lacks the scope cloud-platform (403).`,
    },
    {
      name: '403 without a reason',
      fault: { status: 403, body: 'forbidden by a proxy' },
      code: 'API_DENIED',
      message: `The credentials may not connect to AlloyDB instance '${INSTANCE_URI}' (403): they need roles/alloydb.client and roles/serviceusage.serviceUsageConsumer in project 'acme'.`,
    },
    {
      name: '401',
      fault: { status: 401 },
      code: 'API_DENIED',
      message: `The AlloyDB API did not accept the credentials for '${INSTANCE_URI}' (401).`,
    },
    {
      name: '404',
      fault: { status: 404 },
      code: 'API_NOT_FOUND',
      message: `AlloyDB instance '${INSTANCE_URI}' does not exist, or the credentials may not see it (404).`,
    },
    {
      name: '400',
      fault: { status: 400, body: { error: { status: 'FAILED_PRECONDITION', message: 'secret' } } },
      code: 'API_ANSWER',
      message: `The AlloyDB API answered 400 (FAILED_PRECONDITION) for instance '${INSTANCE_URI}'.`,
    },
  ])('$name is told at once, in one sentence', async ({ fault, code, message }) => {
    alloydb.state.fault = () => fault;

    const error = await refusalOf(askFor());

    expect(error).toMatchObject({ code, message });
    expect(alloydb.waits).toEqual([]);
  });

  test.each([
    { name: 'no certificate', body: { caCert: '' } },
    { name: 'no authority', body: { pemCertificateChain: ['x'] } },
    { name: 'a certificate that is none', body: { pemCertificateChain: ['x'], caCert: 'y' } },
  ])('$name in the answer is one', async ({ body }) => {
    alloydb.state.fault = ({ method }) => (method === 'POST' ? { status: 200, body } : undefined);

    expect(await refusalOf(askFor())).toMatchObject({ code: 'API_ANSWER' });
  });

  test('a wrong instance URI asks nobody', async () => {
    const wrong = alloydb.connector().getOptions({ instanceUri: 'primary' });

    expect(await refusalOf(wrong)).toMatchObject({ code: 'INVALID_INSTANCE_URI' });
    expect(alloydb.api.calls).toEqual([]);
  });
});

describe('addresses', () => {
  test.each([
    { addresses: { ipAddress: '10.0.0.2' }, ipType: 'PUBLIC', known: 'PRIVATE' },
    {
      addresses: { ipAddress: '10.0.0.2', publicIpAddress: '192.0.2.1' },
      ipType: 'PSC',
      known: 'PRIVATE and PUBLIC',
    },
    { addresses: {}, ipType: 'PRIVATE', known: 'none' },
  ] as const)('no $ipType address: the sentence says what there is', async (wanted) => {
    alloydb.state.addresses = wanted.addresses;

    const error = await refusalOf(askFor(alloydb.connector(), wanted.ipType));

    expect(error).toMatchObject({
      code: 'NO_ADDRESS',
      message: `AlloyDB instance '${INSTANCE_URI}' has no ${wanted.ipType} address; it has ${wanted.known}.`,
    });
  });
});

describe('credentials', () => {
  test.each([
    {
      name: 'that are missing',
      error: new Error('Could not load the default credentials.\nmore'),
      told: ': Could not load the default credentials',
    },
    {
      name: 'whose server refuses',
      error: Object.assign(new Error('token canary'), { status: 400, response: {}, config: {} }),
      told: ': the request for it failed with 400',
    },
    {
      name: 'whose server is not there',
      error: Object.assign(new Error('token canary'), { code: 'ETIMEDOUT', config: {} }),
      told: ' for now: the request for it failed with ETIMEDOUT',
      code: 'API_UNAVAILABLE',
    },
  ])('$name are told without what was sent', async ({ error, told, code = 'NO_CREDENTIALS' }) => {
    const credentials = { accessToken: () => Promise.reject(error) };

    const refused = await refusalOf(askFor(alloydb.connector({ credentials })));

    expect(refused).toMatchObject({
      code,
      message: `No access token could be had from the credentials${told}.`,
    });
  });

  test('that never answer are given up', async () => {
    const credentials = { accessToken: () => new Promise<string>(() => undefined) };
    const connector = alloydb.connector({ credentials, timeouts: { apiMilliseconds: 5 } });

    expect(await refusalOf(askFor(connector))).toMatchObject({
      code: 'API_UNAVAILABLE',
      message:
        'No access token could be had from the credentials for now: there was no answer in 5 ms.',
    });
  });
});
