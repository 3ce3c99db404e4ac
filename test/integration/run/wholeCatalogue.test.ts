import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { SETTINGS } from '../../../functions/engine/config/settings.ts';
import { violations } from '../../support/invariants.ts';
import { openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const TINY_WORLD = { projects: 8, jobs: 60, branches: 30 } as const;
const scheduled = allResources(catalog).filter(({ on }) => on === 'schedule');

test.each(['admin', 'member'] as const)(
  'every resource of the catalogue is loaded as the %s sees it',
  async (who) => {
    await using bench = await openBench(TINY_WORLD);
    const { gitlab, database } = bench;
    const token = who === 'admin' ? gitlab.adminToken : gitlab.memberToken;

    const { report } = await bench.load({ token, environment: { RESOURCES: '' } });

    const readable = scheduled.filter(({ access }) => who === 'admin' || access === 'any');
    expect(Object.keys(report.resources).toSorted()).toEqual(
      readable.map(({ id }) => id).toSorted(),
    );
    const codes = report.problems.map(({ code }) => code);
    expect(new Set(codes)).toEqual(
      new Set(who === 'admin' ? ['NOTICE'] : ['NOTICE', 'E_GITLAB_FORBIDDEN']),
    );
    const tables = new Set(
      readable.flatMap(({ table, splits }) => [table, ...splits.map((split) => split.table)]),
    );
    const { fallback: dictionaryTables } = SETTINGS.dictionaryTables;
    const truth = Object.entries(gitlab.truth(who, { dictionaryTables, shelves: 'all' }));
    const expected = truth.filter(([name]) => tables.has(name));
    expect(expected.map(([name]) => name).toSorted()).toEqual([...tables].toSorted());
    expect(await truthDifferences(database, Object.fromEntries(expected))).toEqual([]);
    expect(await violations(database)).toEqual([]);
  },
  60_000,
);
