import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { CursorSpec } from '../../../functions/engine/model/resource.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { portsTo } from './testPorts.ts';
import { sendJson, startTinyServer } from './tinyServer.ts';

const after = 'updated_after';

describe('how long a list is by its header', () => {
  test.each<{ name: string; cursor: CursorSpec; later: number | undefined }>([
    { name: 'a whole list', cursor: { kind: 'full' }, later: 42 },
    { name: 'a list of changes', cursor: { kind: 'changed-since', after }, later: undefined },
    {
      name: 'a walk by change',
      cursor: { kind: 'walking', field: 'updated_at', after },
      later: undefined,
    },
  ])('is told of $name, but not of what is a part of it', async ({ cursor, later }) => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, [{ id: 1, updated_at: '2026-03-01T00:00:00.000Z' }], {
        headers: { 'x-total': '42' },
      });
    });
    const ports = portsTo(server.url);

    const first = await collect(readPages(taskOf({ cursor }), ports));
    const second = await collect(
      readPages(taskOf({ cursor }, { cursor: '2026-02-01T00:00:00.000Z' }), ports),
    );

    expect(first.map(({ total }) => total)).toEqual([42]);
    expect(second.map(({ total }) => total)).toEqual([later]);
  });
});
