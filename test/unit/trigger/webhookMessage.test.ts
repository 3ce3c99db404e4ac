import { expect, test } from 'vitest';

import { webhookAttributes } from '../../../functions/engine/trigger/webhookMessage.ts';

const AT = new Date('2026-11-23T05:00:00.000Z');

function attributesOf(body: object, headers: Readonly<Record<string, string>> = {}) {
  return webhookAttributes(headers, Buffer.from(JSON.stringify(body)), AT);
}

test.each([
  { body: { object_kind: 'push', project_id: 4, project: { id: 5 } }, kind: 'push', project: '4' },
  { body: { object_kind: 'pipeline', project: { id: 5 } }, kind: 'pipeline', project: '5' },
  {
    body: { object_kind: 'merge_request', object_attributes: { target_project_id: 6 } },
    kind: 'merge_request',
    project: '6',
  },
  { body: { event_name: 'user_add_to_group', group_id: 7 }, kind: 'user_add_to_group' },
  { body: { event_name: 'push', object_kind: 'push', project_id: '4' }, kind: 'push' },
  { body: { object_kind: 'with space', project_id: 1.5 } },
  { body: [1, 2] },
])('reads kind and project of $body', ({ body, kind, project }) => {
  const { kind: foundKind, project: foundProject } = attributesOf(body);

  expect({ kind: foundKind, project: foundProject }).toEqual({ kind, project });
});

test('attributes stay within what Pub/Sub takes', () => {
  const long = 'k'.repeat(5_000);
  const attributes = attributesOf(
    { object_kind: long },
    { 'x-gitlab-event': long, 'idempotency-key': long, 'x-gitlab-instance': '' },
  );

  expect(attributes).toEqual({
    event: 'k'.repeat(256),
    key: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
    received_at: AT.toISOString(),
  });
});

test('the id that was signed is the key', () => {
  expect(attributesOf({}, { 'webhook-id': 'a', 'idempotency-key': 'b' })['key']).toBe('a');
});
