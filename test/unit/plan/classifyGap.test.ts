import { describe, expect, test } from 'vitest';

import { shownWords } from '../../../functions/engine/extract/shownWords.ts';
import type { MemberStanding } from '../../../functions/engine/model/accessGap.ts';
import { classifyGap } from '../../../functions/engine/plan/classifyGap.ts';

const SEEN: MemberStanding = {
  status: 200,
  isArchived: false,
  isPendingDeletion: false,
  disabled: new Set(),
};
const BASE = {
  status: 403,
  message: '403 Forbidden',
  path: '/projects/7/jobs',
  member: SEEN,
  isAdmin: false,
};

describe('classifyGap', () => {
  const cases = [
    { name: '403 in a visible project', refusal: {}, kind: 'no-permission' },
    { name: '404 in a visible project', refusal: { status: 404 }, kind: 'feature-off' },
    {
      name: 'a feature that the project has switched off',
      refusal: { member: { ...SEEN, disabled: new Set(['builds']) } },
      kind: 'feature-off',
    },
    {
      name: 'another feature that is switched off',
      refusal: { member: { ...SEEN, disabled: new Set(['wiki']) } },
      kind: 'no-permission',
    },
    {
      name: 'words about the licence',
      refusal: { message: 'This feature is not licensed' },
      kind: 'tier',
    },
    { name: 'words about the tier', refusal: { message: 'Upgrade to Premium' }, kind: 'tier' },
    {
      name: 'an archived project',
      refusal: { member: { ...SEEN, isArchived: true } },
      kind: 'archived',
    },
    {
      name: 'a project marked for deletion',
      refusal: { member: { ...SEEN, isPendingDeletion: true, isArchived: true } },
      kind: 'pending-deletion',
    },
    {
      name: 'a project that is gone for an administrator',
      refusal: { status: 404, member: { ...SEEN, status: 404 }, isAdmin: true },
      kind: 'gone',
    },
    {
      name: 'a project that a member does not see',
      refusal: { status: 404, member: { ...SEEN, status: 404 } },
      kind: 'not-visible',
    },
    {
      name: 'a project whose own page is refused',
      refusal: { member: { ...SEEN, status: 403 }, isAdmin: true },
      kind: 'not-visible',
    },
    { name: '403 of the instance', refusal: { member: undefined }, kind: 'no-permission' },
    {
      name: '404 of the instance',
      refusal: { status: 404, member: undefined },
      kind: 'feature-off',
    },
  ] as const;
  test.each(cases)('$name is $kind', ({ refusal, kind }) => {
    expect(classifyGap({ ...BASE, ...refusal })).toBe(kind);
  });
});

describe('shownWords', () => {
  test.each([
    { value: '404 Project\n Not Found', shown: '404 Project Not Found' },
    { value: 'token glpat-abc is bad', shown: 'token … is bad' },
    { value: 'key 0123456789abcdef0123456789', shown: 'key …' },
    { value: 'x y'.repeat(100), shown: `${'x y'.repeat(67).slice(0, 200)}…` },
    { value: { a: 1 }, shown: '' },
  ])('$value is shown as $shown', ({ value, shown }) => {
    expect(shownWords(value)).toBe(shown);
  });
});
