import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { offsetList } from './lists.ts';
import { idsOf, portsTo, readWithRestarts } from './testPorts.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';

describe('unpaged endpoints', () => {
  const unpaged = { pagination: 'unpaged' } as const;

  test.each([
    { name: 'an object', body: { version: '18.0' }, records: [{ version: '18.0' }] },
    { name: 'a list', body: [{ id: 1 }, { id: 2 }], records: [{ id: 1 }, { id: 2 }] },
    { name: 'bare values', body: ['a'], records: [{ value: 'a' }] },
    { name: 'null', body: null, records: [] },
  ])('give $name by the JSON that came', async ({ body, records }) => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, body);
    });

    const pages = await collect(readPages(taskOf(unpaged), portsTo(server.url)));

    expect(pages).toMatchObject([{ records, position: { at: 'end' } }]);
    expect(server.asked).toEqual(['/api/v4/widgets']);
  });

  test('are read on when they turn out to page', async () => {
    await using server = await startTinyServer(offsetList(45));

    const pages = await readWithRestarts(taskOf(unpaged), portsTo(server.url));

    expect(idsOf(pages)).toHaveLength(45);
  });
});

describe('discovery', () => {
  test('leaves out what the scope does not admit, in both readings of the page', async () => {
    await using server = await startTinyServer(offsetList(5));
    const discovers = { scope: 'project', pathField: 'id' } as const;
    const ports = portsTo(server.url, { scopeFilter: ({ id }) => Number(id) > 3 });

    const [page] = await collect(readPages(taskOf({ discovers }), ports));

    expect(page?.records.map(({ id }) => id)).toEqual([4, 5]);
    expect(page?.select([{ id: 3n }, { id: 4n }])).toEqual([{ id: 4n }]);
  });
});
