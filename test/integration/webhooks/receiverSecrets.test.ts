import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { type FakeTopic, startFakeTopic } from '../../support/webhooks/fakeTopic.ts';
import { type Receiver, startReceiver } from '../../support/webhooks/receiver.ts';
import { signedHeaders } from '../../support/webhooks/signedHeaders.ts';

const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const SIGNED_BEFORE = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const BODY = '{"object_kind":"issue"}';

let topic: FakeTopic;
beforeAll(async () => {
  topic = await startFakeTopic();
});
afterAll(() => topic[Symbol.asyncDispose]());

let before = 0;
beforeEach(() => {
  before = topic.published.length;
});

async function post({ url }: Receiver, headers: Readonly<Record<string, string>>) {
  return (await fetch(url, { method: 'POST', headers, body: BODY })).status;
}

function signed(secret: string) {
  return signedHeaders(BODY, { secret, id: 'event-1', seconds: Date.now() / 1000 });
}

test('answers a look, and refuses other methods', async () => {
  await using open = await startReceiver({ ...topic.environment, WEBHOOK_TOKENS: 'token' });
  expect((await fetch(open.url)).status).toBe(200);
  const put = await fetch(open.url, { method: 'PUT', body: BODY });
  expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect(topic.published.slice(before)).toEqual([]);
});

test('without secrets takes nothing and says why in its log', async () => {
  await using open = await startReceiver(topic.environment);

  expect(await post(open, { 'x-gitlab-token': '' })).toBe(503);

  expect(topic.published.slice(before)).toEqual([]);
  await expect.poll(() => open.lines().join()).toContain('WEBHOOK_TOKENS');
});

test('sees that the secrets were replaced, by the first request that they prove', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'tokens');
  writeFileSync(file, 'first-token\n');
  await using rotating = await startReceiver({ ...topic.environment, WEBHOOK_TOKENS_FILE: file });
  expect(await post(rotating, { 'x-gitlab-token': 'first-token' })).toBe(202);

  writeFileSync(file, 'second-token,first-token\n');

  expect(await post(rotating, { 'x-gitlab-token': 'second-token' })).toBe(202);
  expect(await post(rotating, { 'x-gitlab-token': 'first-token' })).toBe(202);
});

test('sees that a signing secret was replaced', async () => {
  using directory = temporaryDirectory();
  const file = join(directory.path, 'signing');
  writeFileSync(file, SIGNED_BEFORE);
  await using rotating = await startReceiver({
    ...topic.environment,
    WEBHOOK_SIGNING_SECRETS_FILE: file,
  });
  expect(await post(rotating, signed(SIGNED_BEFORE))).toBe(202);

  writeFileSync(file, SIGNING);

  expect(await post(rotating, signed(SIGNING))).toBe(202);
  expect(await post(rotating, signed(SIGNED_BEFORE))).toBe(401);
});

function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'receiver-'));
  return {
    path,
    [Symbol.dispose]: () => {
      rmSync(path, { recursive: true });
    },
  };
}
