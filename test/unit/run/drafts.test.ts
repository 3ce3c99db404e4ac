import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { ListCount } from '../../../functions/engine/model/completeness.ts';
import { partitionKey } from '../../../functions/engine/model/ids.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import {
  activate,
  type ActivePartition,
  advanceOf,
  type Draft,
  extendDraft,
} from '../../../functions/engine/run/drafts.ts';
import { pageOf } from '../../support/directLoad.ts';

const FIRST = pageOf('[{"id": 1}, {"id": 2}]', 'more');
const LAST = pageOf('[{"id": 3}]', 'last');

function task(changes: Partial<PartitionTask> = {}): PartitionTask {
  return {
    ...{ resource: catalog.users.resources.users, partition: partitionKey('17') },
    ...{ fence: 4n, seq: 8n, scanId: 3n, cursor: 'a', token: { page: 1 } },
    ...changes,
  };
}

/** What a package says of a partition that gave it these pages, with the ids that they showed. */
function drafted(
  partition: ActivePartition,
  pages = [
    { page: FIRST, seen: ['one', 'two'] },
    { page: LAST, seen: ['three'] },
  ],
) {
  const drafts = new Map<ActivePartition, Draft>();
  for (const page of pages) extendDraft(drafts, partition, page);
  return [...drafts.values()].map(advanceOf);
}

describe('a draft', () => {
  test('moves its partition from where it stood behind the last of its pages, in one step', () => {
    const partition = activate(task());

    expect(drafted(partition)).toEqual([
      {
        ...{ partition: '17', fence: 4n, seq: 8n, scanId: 3n, tokenBefore: { page: 1 } },
        position: { at: 'end', cursor: undefined },
        request: '/test',
        bodySha256: createHash('sha256').update(FIRST.text).update(LAST.text).digest('hex'),
        ...{ rowsIn: 3, mayRewind: false },
      },
    ]);
    expect(partition).toMatchObject({ seq: 9n, token: undefined });
  });

  test('after another one goes on from there, before that is committed', () => {
    const partition = activate(task());
    drafted(partition, [{ page: FIRST, seen: [] }]);

    expect(drafted(partition, [{ page: LAST, seen: [] }])).toMatchObject([
      { seq: 9n, tokenBefore: { page: 2 } },
    ]);
  });

  test('may take the cursor back only when all is read again', () => {
    expect(drafted(activate(task({ full: true })))).toMatchObject([{ mayRewind: true }]);
  });
});

describe('the ids that a scan showed', () => {
  test('stay out where nobody looks for rows that are gone', () => {
    for (const advance of drafted(activate(task({ sweeps: false }))))
      expect(advance).not.toHaveProperty('seen');
  });

  test('are those of all pages, in order', () => {
    expect(drafted(activate(task({ sweeps: true })))).toMatchObject([
      { seen: ['one', 'two', 'three'] },
    ]);
  });

  test('are of no use once the scan left something out', () => {
    const partition = activate(task({ sweeps: true }));
    partition.sight = 'partial';

    expect(drafted(partition)).toMatchObject([{ seen: 'partial' }]);
  });
});

describe('what a scan tells of the number of rows', () => {
  const counting = (result: ListCount | undefined) => {
    const partition = activate(task());
    partition.count = { see: () => undefined, spoil: () => undefined, result: () => result };
    return drafted(partition)[0];
  };

  test('goes with the package', () => {
    const count = { expected: 3, source: null };

    expect(counting(count)).toHaveProperty('count', count);
  });

  test('stays out while it tells nothing', () => {
    expect(counting(undefined)).not.toHaveProperty('count');
  });
});

test('a partition that fails tells why whoever reads it', () => {
  const partition = activate(task());
  const why = new Error('the lease is lost');

  partition.fail(why);

  expect(partition.signal.reason).toBe(why);
});
