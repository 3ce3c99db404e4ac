import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import {
  allResources,
  inParentOrder,
  parentsOf,
  selectResources,
} from '../../../functions/engine/catalog/selection.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';

const idsOf = (resources: readonly ResourceSpec[]): readonly string[] =>
  resources.map(({ id }) => id);

function resource(id: string): ResourceSpec {
  const found = allResources(catalog).find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no resource '${id}'`);
  return found;
}

describe('selectResources', () => {
  test('gives every scheduled resource when nothing is named', () => {
    const selected = selectResources(catalog, {});

    expect(selected).toEqual(allResources(catalog).filter(({ on }) => on === 'schedule'));
  });

  test.each([
    { name: 'a family', request: { families: ['jobs'] }, expected: ['jobs'] },
    { name: 'a resource', request: { resources: ['job'] }, expected: ['job'] },
    {
      name: 'a family and a resource of another',
      request: { families: ['projects'], resources: ['branch'] },
      expected: ['projects', 'changed_projects', 'active_projects', 'branch'],
    },
    {
      name: 'a resource that is loaded on demand only',
      request: { resources: ['group_badge_renders'] },
      expected: ['group_badge_renders'],
    },
    { name: 'no resource at all', request: { resources: [] }, expected: [] },
  ])('gives what is named: $name', ({ request, expected }) => {
    expect(idsOf(selectResources(catalog, request))).toEqual(expected);
  });

  test.each([
    { request: { families: ['job'] }, message: /no family named 'job'; known: jobs\./ },
    { request: { resources: ['badges'] }, message: /no resource named 'badges'; known: .*badge/ },
    { request: { resources: ['nothing'] }, message: /no resource named 'nothing'; known: .*jobs/ },
    { request: { families: ['constructor'] }, message: /no family named 'constructor'/ },
  ])('refuses $request and names what is known', ({ request, message }) => {
    const select = (): unknown => selectResources(catalog, request);

    expect(select).toThrow(message);
    expect(select).toThrow(expect.objectContaining({ code: 'E_REQUEST' }) as Error);
  });
});

describe('parentsOf', () => {
  test.each([
    { id: 'metadata', parents: [] },
    { id: 'jobs', parents: ['active_projects', 'changed_projects', 'projects'] },
    { id: 'group_badges', parents: ['groups'] },
    {
      id: 'metric_images',
      parents: ['active_projects', 'alerts', 'changed_projects', 'projects'],
    },
    { id: 'group_badge_renders', parents: ['group_badges', 'groups'] },
    { id: 'avatars', parents: ['branches', 'jobs', 'users'] },
  ])('of $id are $parents', ({ id, parents }) => {
    expect(idsOf(parentsOf(resource(id), catalog)).toSorted()).toEqual(parents);
  });
});

describe('inParentOrder', () => {
  test('puts every resource of the catalogue after its parents', () => {
    const all = allResources(catalog);

    const levels = inParentOrder(all, catalog);

    const level = new Map(levels.flatMap((group, at) => group.map(({ id }) => [id, at] as const)));
    expect(level.size).toBe(all.length);
    for (const one of all) {
      for (const parent of parentsOf(one, catalog))
        expect(level.get(parent.id)).toBeLessThan(level.get(one.id) ?? -1);
    }
  });

  test('does not wait for parents that are not among the resources', () => {
    const levels = inParentOrder([resource('jobs'), resource('metadata')], catalog);

    expect(levels.map(idsOf)).toEqual([['jobs', 'metadata']]);
  });

  test('refuses parents that form a cycle', () => {
    const known = (table: string) => ({
      x: { from: 'known', columns: [{ table, column: 'x' }] } as const,
    });
    const one = { ...resource('metadata'), id: 'one', table: 'one', bind: known('two') };
    const two = { ...resource('metadata'), id: 'two', table: 'two', bind: known('one') };
    const circular = { f: { id: 'f', resources: { one, two } } };

    expect(() => inParentOrder([one, two], circular)).toThrow(
      /'one', 'two' form a cycle|'one'.*'two'/,
    );
  });
});
