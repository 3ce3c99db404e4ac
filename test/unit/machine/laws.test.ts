import { describe, expect, test } from 'vitest';

import { brokenLaws, type Happening } from '../../support/machine/laws.ts';
import type { Partition } from '../../support/machine/partitions.ts';

const THEN: Partition = {
  key: '7',
  status: 'active',
  claim: 'free',
  scan: 'complete',
  fence: 3n,
  seq: 2n,
  cursor: '9',
  token: null,
  completeAsOf: new Date(1_000),
  failures: 0,
  failingRuns: 0,
  wait: 'none',
  lease: 'none',
  packages: 2n,
  packageFence: 3n,
};
const LOADED = { fence: 4n, completeAsOf: new Date(2_000) };
const COMMITTED = { ...LOADED, seq: 3n, packages: 3n, packageFence: 4n, cursor: '12' };
const RUN: Happening = { runs: 'person' };

function laws(then: Partial<Partition>, now: Partial<Partition>, happening = RUN) {
  const [before, after] = [
    { ...THEN, ...then },
    { ...THEN, ...then, ...now },
  ];
  return brokenLaws(new Map([['7', before]]), new Map([['7', after]]), happening);
}

describe('the laws of partitions', () => {
  test.each<{
    name: string;
    then?: Partial<Partition>;
    now: Partial<Partition>;
    happening?: Happening;
  }>([
    { name: 'a run that found nothing', now: LOADED },
    { name: 'a run that committed', now: COMMITTED },
    { name: 'nothing at all', now: {}, happening: { runs: 'nobody' } },
    {
      name: 'a scan that was cut off',
      now: { fence: 4n, claim: 'claimed', lease: 'held' },
      happening: { ...RUN, isCut: true },
    },
    { name: 'a wait that is respected', then: { wait: 'retry-after' }, now: {} },
    { name: 'a halted partition that rests', then: { status: 'halted' }, now: {} },
    {
      name: 'a project that left the scope',
      now: { status: 'gone' },
      happening: { ...RUN, excluded: '7' },
    },
  ])('allow $name', ({ then = {}, now, happening = RUN }) => {
    expect(laws(then, now, happening)).toEqual([]);
  });

  test.each<{
    name: string;
    then?: Partial<Partition>;
    now: Partial<Partition>;
    law: string;
    happening?: Happening;
  }>([
    { name: 'a fence that falls', now: { ...LOADED, fence: 2n }, law: 'has a lower fence' },
    { name: 'a seq that falls', now: { ...LOADED, seq: 1n }, law: 'has a lower seq' },
    {
      name: 'a package without history',
      now: { ...COMMITTED, packages: 2n },
      law: 'has another seq than packages',
    },
    {
      name: 'a package of an old claim',
      now: { ...COMMITTED, packageFence: 3n },
      law: 'has a package without a claim',
    },
    {
      name: 'a cursor without a package',
      now: { ...LOADED, cursor: '12' },
      law: 'has moved without a package',
    },
    {
      name: 'a claim in spite of a wait',
      then: { wait: 'retry-after' },
      now: LOADED,
      law: 'moved as no rule allows',
    },
    {
      name: 'a claim of a halted partition',
      then: { status: 'halted' },
      now: LOADED,
      law: 'moved as no rule allows',
    },
    {
      name: 'a claim of a held partition',
      then: { claim: 'claimed', lease: 'held' },
      now: LOADED,
      law: 'moved as no rule allows',
    },
    {
      name: 'a halted partition that moves by itself',
      then: { status: 'halted' },
      now: { status: 'active' },
      law: 'moved as no rule allows',
    },
    {
      name: 'a project of the scope that goes',
      now: { status: 'gone' },
      law: 'moved as no rule allows',
    },
    { name: 'a partition that is not read', now: {}, law: 'was not read' },
    {
      name: 'a failure that is not noted',
      now: LOADED,
      law: 'does not wait',
      happening: { ...RUN, failing: { key: '7', how: 'broken' } },
    },
  ])('forbid $name', ({ then = {}, now, law, happening = RUN }) => {
    expect(laws(then, now, happening).join()).toContain(`partition 7 ${law}`);
  });

  test('do not know a partition that was not there', () => {
    expect(brokenLaws(new Map(), new Map([['7', THEN]]), RUN)).toEqual([
      'partition 7 came from nowhere',
    ]);
  });
});
