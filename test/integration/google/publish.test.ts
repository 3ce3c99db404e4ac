import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { openPublisher } from '../../../functions/engine/google/publish.ts';
import { ERRORS } from '../../../functions/engine/model/errors.ts';
import { openTokenOffice } from '../../support/alloydb/tokens.ts';

const TOPIC = 'projects/acme/topics/gitlab-events';

let server: Server | undefined;
afterEach(() => server?.close());

/** A server that answers everything alike and keeps what it was asked. */
async function startApi(status: number, answer: string) {
  const asked: { path: string; authorization: string | undefined; body: string }[] = [];
  const api = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      const body = Buffer.concat(chunks).toString();
      asked.push({ path: request.url ?? '', authorization, body });
      response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
    });
  }).listen(0, '127.0.0.1');
  server = api;
  await once(api, 'listening');
  return { asked, host: `127.0.0.1:${(api.address() as AddressInfo).port.toString()}` };
}

const message = { data: Buffer.from('{"id":1}'), attributes: { kind: 'issue' } };

test('a message goes to its topic with a token, and its id comes back', async () => {
  const { asked, host } = await startApi(200, '{"messageIds":["42"]}');
  const environment = { CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${host}/` };
  const publisher = openPublisher(TOPIC, environment, openTokenOffice().credentials);
  expect(await publisher.publish(message)).toBe('42');
  expect(asked).toStrictEqual([
    {
      path: `/v1/${TOPIC}:publish`,
      authorization: 'Bearer ya29.canary-cloud-platform',
      body: '{"messages":[{"data":"eyJpZCI6MX0=","attributes":{"kind":"issue"}}]}',
    },
  ]);
});

test('an emulator gets no token', async () => {
  const { asked, host } = await startApi(200, '{"messageIds":["1"]}');
  const office = openTokenOffice();
  await openPublisher(TOPIC, { PUBSUB_EMULATOR_HOST: host }, office.credentials).publish(message);
  expect(asked[0]?.authorization).toBeUndefined();
  expect(office.given()).toStrictEqual([]);
});

test.each([
  [404, 'E_GOOGLE_ACCESS', `answered 404 to 'POST /v1/${TOPIC}:publish': No such topic.`],
  [403, 'E_GOOGLE_ACCESS', 'answered 403'],
  [429, 'E_GOOGLE', 'answered 429'],
  [503, 'E_GOOGLE', 'answered 503'],
])('%i is told in the words of the API and without the message', async (status, code, words) => {
  const { host } = await startApi(status, '{"error":{"message":"No such topic."}}');
  const publisher = openPublisher(TOPIC, { PUBSUB_EMULATOR_HOST: host });
  const error: unknown = await publisher.publish(message).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
  expect(JSON.stringify(error)).not.toContain('eyJpZCI6MX0');
});

test('a server that is away is named', async () => {
  const { host } = await startApi(200, '');
  server?.close();
  const failing = openPublisher(TOPIC, { PUBSUB_EMULATOR_HOST: host }).publish(message);
  await expect(failing).rejects.toMatchObject({
    code: 'E_GOOGLE',
    message: `http://${host} cannot be reached (ECONNREFUSED).`,
  });
  expect(ERRORS.E_GOOGLE.kind).toBe('transient');
});

test('an answer without an id is no success', async () => {
  const { host } = await startApi(200, '<html>');
  const failing = openPublisher(TOPIC, { PUBSUB_EMULATOR_HOST: host }).publish(message);
  await expect(failing).rejects.toMatchObject({ code: 'E_GOOGLE' });
});
