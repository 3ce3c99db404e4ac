import { describe, expect, test } from 'vitest';

import { MUTATION_GROUPS } from '../../../scripts/mutation/groups.ts';
import { parseOptions } from '../../../scripts/mutation/options.ts';

const { merge, naming } = MUTATION_GROUPS;
const PACKAGES = 'functions/engine/load/packages.ts';

describe('parseOptions', () => {
  test('takes every group whole where nothing is named', () => {
    expect(parseOptions([]).map(({ group }) => group)).toEqual(Object.values(MUTATION_GROUPS));
    expect(parseOptions(['naming'])).toEqual([{ group: naming, regions: undefined }]);
  });

  test('takes the groups of the regions, by commas or repeated', () => {
    const region = { file: PACKAGES, from: 3, to: 9 };
    const whole = { file: 'functions/engine/normalize/naming.ts', from: 1, to: 999_999 };

    expect(parseOptions(['--only', `${PACKAGES}:3-9,${whole.file}`])).toEqual([
      { group: merge, regions: [region] },
      { group: naming, regions: [whole] },
    ]);
    expect(
      parseOptions(['merge', '--only', PACKAGES, '--only', `${PACKAGES}:3-9`])[0]?.regions,
    ).toEqual([{ ...whole, file: PACKAGES }, region]);
  });

  test('finds a file that its group names by a pattern', () => {
    const file = 'functions/engine/extract/pagination/list.ts';

    expect(parseOptions(['--only', file])).toMatchObject([{ regions: [{ file }] }]);
  });

  test.each([
    {
      argv: ['nowhere'],
      message: /^There is no group named 'nowhere'; known: cursor, merge, .*\.$/,
    },
    {
      argv: ['naming', '--only', PACKAGES],
      message: /^'.*packages\.ts' is in none of the groups; known: .*naming\.ts\.$/,
    },
    {
      argv: ['--only', `${PACKAGES}:9-3`],
      message: /^Expected FILE or FILE:FROM-TO after --only, got '.*9-3'\.$/,
    },
    {
      argv: ['--only', `${PACKAGES}:9`],
      message: /^Expected FILE or FILE:FROM-TO after --only, got '.*:9'\.$/,
    },
    { argv: ['--once'], message: /--once/ },
  ])('refuses $argv in one sentence', ({ argv, message }) => {
    expect(() => parseOptions(argv)).toThrow(message);
  });
});
