import { describe, expect, test } from 'vitest';

import { expiryNotice, expiryOf } from '../../../functions/engine/extract/expiry.ts';
import { tokenOwner } from '../../../functions/engine/extract/tokenKind.ts';

const END = '2026-07-01';
const before = (days: number): number => Date.parse(END) - days * 86_400_000;

describe('expiry', () => {
  test.each([
    { left: 31, within: undefined, days: 31 },
    { left: 30, within: 30, days: 30 },
    { left: 14.5, within: 30, days: 14 },
    { left: 14, within: 14, days: 14 },
    { left: 7, within: 7, days: 7 },
    { left: 1.5, within: 7, days: 1 },
    { left: 1, within: 1, days: 1 },
    { left: 0.1, within: 1, days: 0 },
  ])('$left days before the end', ({ left, within, days }) => {
    expect(expiryOf(END, before(left))).toEqual({ within, days });
  });

  test('a token without an end has none', () => {
    expect(expiryOf(undefined, 0)).toBeUndefined();
    expect(expiryNotice({ username: 'ada', expiresAt: undefined }, 0)).toBeUndefined();
  });

  test.each([
    { left: 40, says: undefined },
    { left: 6.5, says: "The token of 'ada' ends in 6 days, at 00:00 UTC on 2026-07-01." },
    { left: 1.2, says: "The token of 'ada' ends in 1 day, at 00:00 UTC on 2026-07-01." },
    { left: 0.4, says: "The token of 'ada' ends in less than a day, at 00:00 UTC on 2026-07-01." },
  ])('$left days before the end it says so', ({ left, says }) => {
    expect(expiryNotice({ username: 'ada', expiresAt: END }, before(left))).toBe(says);
  });
});

test.each([
  { username: 'project_42_bot_9f8e', kind: 'project', ownerId: '42' },
  { username: 'project_42_bot', kind: 'project', ownerId: '42' },
  { username: 'project_42_bot1', kind: 'project', ownerId: '42' },
  { username: 'group_7_bot_aa', kind: 'group', ownerId: '7' },
  { username: 'service_account_group_7_aa', kind: 'service account', ownerId: undefined },
  { username: 'project_bot', kind: 'personal', ownerId: undefined },
  { username: 'ada', kind: 'personal', ownerId: undefined },
])('the token of $username is of kind $kind', ({ username, ...owner }) => {
  expect(tokenOwner({ username })).toEqual(owner);
});
