import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';
import { isCounted } from '../../../functions/engine/model/completeness.ts';
import {
  type ResourceSpec,
  scopeOf,
  scopeParameter,
} from '../../../functions/engine/model/resource.ts';
import { SHELVES } from '../../support/gitlab/shelves/all.ts';
import type { Shelf } from '../../support/gitlab/shelves/shelf.ts';
import { SEED_RESOURCES } from '../../support/seedResources.ts';

/** What the loader has beside the tables of the pipeline that it replaces. */
const added = allResources(catalog).filter(
  ({ family }) => !SEED_RESOURCES.split(',').includes(`${family}/*`),
);

/** The path as the simulation writes it: owners, then parents, then rows. */
function simulatedPath({ path, bind }: ResourceSpec): string {
  return path
    .slice(1)
    .replaceAll(/\{(\w+)\}/gu, (_, name: string) =>
      bind[name]?.from === 'parent' ? ':parent' : ':id',
    );
}

function shelfOf({ id }: ResourceSpec): Shelf {
  const shelf = SHELVES.find(({ name }) => name === id);
  if (shelf === undefined) throw new Error(`no shelf is named '${id}'`);
  return shelf;
}

/** Columns of a key that a record has itself or that its request adds. */
function unknownColumns({ primaryKey, keep }: ResourceSpec, { key }: Shelf): readonly string[] {
  return primaryKey.filter((column) => !keep.includes(column) && !key.includes(column));
}

describe.each(added.map((resource) => [resource.id, resource] as const))('%s', (_, resource) => {
  test('is simulated at its path, in its table, with its key', () => {
    const shelf = shelfOf(resource);

    expect({
      path: shelf.path,
      table: shelf.table,
      scope: shelf.scope,
      key: shelf.key.toSorted(),
    }).toEqual({
      path: simulatedPath(resource),
      table: resource.table,
      scope: scopeOf(resource),
      key: resource.primaryKey.toSorted(),
    });
    expect(unknownColumns(resource, shelf)).toEqual([]);
  });

  test('pages as GitLab does', () => {
    const { pagination } = resource;
    const { pages = 'offset', size } = shelfOf(resource);
    const expected = size === 'one' ? 'unpaged' : 'offset';

    expect(pagination).toBe(pages.startsWith('keyset') ? 'keyset' : expected);
  });

  test('says where a single row is, and how it is found again', () => {
    const { single, bind, path } = resource;
    const { single: field, size } = shelfOf(resource);
    const columns = [...(single?.slice(path.length) ?? '').matchAll(/\{(\w+)\}/gu)].map(
      ([, name]) => name,
    );

    // A list's rows have a path where GitLab has one; an object's own path is enough.
    expect(single === undefined ? undefined : field).toBe(
      single === undefined || size === 'one' ? undefined : (columns.at(-1) ?? field),
    );
    for (const [name] of Object.entries(bind)) {
      if (single !== undefined && path.includes(`{${name}}`)) expect(single).toContain(`{${name}}`);
    }
  });

  test('is read below its parents alone where it has parents', () => {
    const hasParent = Object.values(resource.bind).some(({ from }) => from === 'parent');

    expect(resource.cursor.kind === 'changed-parents').toBe(hasParent);
    expect(shelfOf(resource).below !== undefined).toBe(hasParent);
  });

  test('is due by activity unless the instance has it once', () => {
    expect(resource.dueBy).toBe(scopeOf(resource) === 'instance' ? 'schedule' : 'activity');
  });
});

test('rows that are fetched one by one to fill a hole keep nothing but what their partition names', () => {
  const fetched = allResources(catalog).filter(
    (resource) => isCounted(resource) && resource.single !== undefined,
  );

  const others = fetched.filter((resource) =>
    resource.keep.some((name) => name !== scopeParameter(resource)),
  );

  expect(fetched.length).toBeGreaterThan(30);
  expect(others.map(({ id }) => id)).toEqual([]);
});

test('every shelf is the simulation of a resource', () => {
  expect(SHELVES.map(({ name }) => name).toSorted()).toEqual(added.map(({ id }) => id).toSorted());
});

test('no added table is one of the pipeline that is replaced', () => {
  const seed = allResources(catalog).filter((resource) => !added.includes(resource));
  const tables = new Set(
    seed.flatMap(({ table, splits }) => [table, ...splits.map((split) => split.table)]),
  );

  expect(added.filter(({ table }) => tables.has(table))).toEqual([]);
});
