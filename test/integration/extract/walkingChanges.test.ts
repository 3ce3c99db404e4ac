import fc from 'fast-check';
import { expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { Page } from '../../../functions/engine/model/page.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { changingList, jsonOf, type WorldRow } from './changingList.ts';
import { portsTo, readWithRestarts } from './testPorts.ts';
import { startTinyServer } from './tinyServer.ts';
import { cursorOf, issues, NOW } from './walkedWorld.ts';

const SEED = 20261123;

/** What happens to the rows before a request is answered; positions are parts of the list. */
interface Change {
  readonly kind: 'update' | 'delete' | 'insert' | 'bulk';
  readonly position: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('update', 'delete', 'insert', 'bulk'),
  position: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

const story = fc.record({
  rows: fc.integer({ min: 0, max: 700 }),
  /** Microseconds between two rows; 0 for a list of ties. */
  step: fc.constantFrom(0, 1, 37, 1_000, 60_000),
  changes: fc.array(fc.array(change, { maxLength: 6 }), { maxLength: 25 }),
  isInclusive: fc.boolean(),
  isKilled: fc.boolean(),
});

/** A list that changes; the clock goes on by a second with every request. */
function changingWorld(count: number, step: number) {
  let now = NOW;
  let lastId = count;
  const rows = new Map<number, WorldRow>();
  for (let id = 1; id <= count; id += 1)
    rows.set(id, { id, changed: NOW * 1_000 - 3_600_000_000 + id * step });
  const at = (position: number): WorldRow | undefined =>
    [...rows.values()][Math.floor(position * rows.size)];
  const set = (id: number): void => {
    rows.set(id, { id, changed: (now - 1) * 1_000 + (id % 1_000) });
  };
  const apply = ({ kind, position }: Change): void => {
    const row = at(position);
    if (kind === 'insert') set((lastId += 1));
    else if (row !== undefined && kind === 'delete') rows.delete(row.id);
    else if (row !== undefined && kind === 'update') set(row.id);
    else if (row !== undefined)
      for (let id = row.id; id < row.id + 60; id += 1) if (rows.has(id)) set(id);
  };
  const tick = (changes: readonly Change[]): void => {
    now += 1_000;
    for (const one of changes) apply(one);
  };
  return { rows, tick, now: () => now };
}

/** What a guarded merge leaves of the pages: the newest version of each row. */
function merged(pages: readonly Page[]): ReadonlyMap<number, string> {
  const newest = new Map<number, string>();
  const records = pages.flatMap((page) => page.records as readonly ReturnType<typeof jsonOf>[]);
  for (const { id, updated_at } of records)
    if (updated_at >= (newest.get(id) ?? '')) newest.set(id, updated_at);
  return newest;
}

// GL2.9
test('2: a scan and the next one miss no row that is updated, inserted or left between pages', async () => {
  const play = async ({ rows, step, changes, isInclusive, isKilled }: StoryOf): Promise<void> => {
    const world = changingWorld(rows, step);
    const waiting = [...changes];
    await using server = await startTinyServer(
      changingList({
        ...{ rows: () => world.rows.values(), now: world.now, isInclusive },
        before: () => {
          world.tick(waiting.shift() ?? []);
        },
      }),
    );
    const ports = portsTo(server.url);
    const read = (task: PartitionTask): Promise<readonly Page[]> =>
      isKilled ? readWithRestarts(task, ports) : collect(readPages(task, ports));

    const before = [...world.rows.keys()];
    const first = await read(taskOf(issues));
    waiting.length = 0;
    const living = [...world.rows.keys()];
    const second = await read(taskOf(issues, { cursor: cursorOf(first) }));

    const seenFirst = new Set(first.flatMap(({ records }) => records.map(({ id }) => id)));
    expect(before.filter((id) => world.rows.has(id) && !seenFirst.has(id))).toEqual([]);
    const stored = merged([...first, ...second]);
    const missed = [...world.rows.values()]
      .map(jsonOf)
      .filter(({ id, updated_at }) => stored.get(id) !== updated_at);
    expect(missed).toEqual([]);
    expect(living.filter((id) => !stored.has(id))).toEqual([]);
  };
  await fc.assert(fc.asyncProperty(story, play), { seed: SEED, numRuns: 60, endOnFailure: true });
});

type StoryOf = typeof story extends fc.Arbitrary<infer S> ? S : never;
