import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { partitionKey } from '../../../functions/engine/model/ids.ts';
import { activate, type ActivePartition } from '../../../functions/engine/run/drafts.ts';
import { wholeScans } from '../../../functions/engine/run/wholeScans.ts';
import { pageOf } from '../../support/directLoad.ts';

function begin(): ActivePartition {
  return activate({
    ...{ resource: catalog.users.resources.users, partition: partitionKey('') },
    ...{ fence: 1n, seq: 0n, scanId: 1n, cursor: undefined, token: undefined },
  });
}

test('the pages of a scan come out together once it ends', () => {
  const scans = wholeScans();
  const partition = begin();
  const [first, last] = [pageOf('[{"id": 1}]', 'more'), pageOf('[{"id": 2}]', 'last')];

  expect(scans.add(partition, first)).toBeUndefined();
  expect(scans.add(partition, last)).toEqual([first, last]);
  expect(scans.size).toBe(0);
});

test('the pages of a partition that fails, or is given back, are dropped at once', () => {
  const scans = wholeScans();
  const [failed, givenBack, other] = [begin(), begin(), begin()];
  for (const partition of [failed, givenBack, other]) scans.add(partition, pageOf('[]', 'more'));

  failed.fail(new Error('lost'));
  scans.forget(givenBack);

  expect(scans.size).toBe(1);
});
