import { describe, expect, test } from 'vitest';

import { readPages } from '../../../functions/engine/extract/pages.ts';
import { caught } from '../../unit/extract/caught.ts';
import { collect } from '../../unit/extract/collect.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { keysetList, offsetList } from './lists.ts';
import { idsOf, portsTo, positionsOf, readWithRestarts } from './testPorts.ts';
import { queryOf, sendJson, startTinyServer } from './tinyServer.ts';

describe('offset lists', () => {
  // GL2.1
  test('are read to their end in order', async () => {
    await using server = await startTinyServer(offsetList(250));

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(idsOf(pages)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(positionsOf(pages)).toEqual([
      { at: 'page', token: { page: 2 } },
      { at: 'page', token: { page: 3 } },
      { at: 'end', cursor: undefined },
    ]);
    expect(server.asked[0]).toBe('/api/v4/widgets?page=1&per_page=100');
    expect(pages[1]?.request).toBe('GET /widgets?page=2&per_page=100');
    expect(server.asked).toHaveLength(3);
  });

  test('with totals are read ahead without a request too many', async () => {
    await using server = await startTinyServer(offsetList(650, 'totals'));

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(idsOf(pages)).toHaveLength(650);
    expect(server.asked).toHaveLength(7);
  });

  test('go on where an invocation ended', async () => {
    await using server = await startTinyServer(offsetList(350));

    const pages = await readWithRestarts(taskOf({}), portsTo(server.url));

    expect(idsOf(pages)).toEqual(Array.from({ length: 350 }, (_, index) => index + 1));
  });

  test('lose nothing when the pages get smaller on the way and the invocation ends', async () => {
    const list = offsetList(260);
    await using server = await startTinyServer((request, response, index) => {
      const query = queryOf(request);
      const isTooMuch = query.get('page') === '2' && query.get('per_page') === '100';
      if (isTooMuch) sendJson(response, {}, { status: 504 });
      else return list(request, response, index);
    });

    const pages = await readWithRestarts(taskOf({}), portsTo(server.url));

    expect(idsOf(pages)).toEqual(Array.from({ length: 260 }, (_, index) => index + 1));
    expect(positionsOf(pages)[1]).toEqual({
      at: 'page',
      token: { query: 'page=4&per_page=50' },
    });
  });

  test('go on behind an empty page that has a next one', async () => {
    const bodies = [[{ id: 1 }], [], [{ id: 2 }]];
    await using server = await startTinyServer((request, response) => {
      const page = Number(queryOf(request).get('page'));
      sendJson(response, bodies[page - 1], { headers: { 'x-next-page': page < 3 ? 'n' : '' } });
    });

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(idsOf(pages)).toEqual([1, 2]);
  });

  // GL1.11
  test('change to keyset where GitLab caps the offset', async () => {
    const list = { offset: offsetList(900), keyset: keysetList(900) };
    await using server = await startTinyServer((request, response, index) => {
      const query = queryOf(request);
      if (query.get('pagination') === 'keyset') return list.keyset(request, response, index);
      if (Number(query.get('page')) > 3) {
        sendJson(response, {}, { status: 405 });
        return;
      }
      return list.offset(request, response, index);
    });

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(new Set(idsOf(pages)).size).toBe(900);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: undefined });
  });

  // GL2.4
  test('2: of 60,000 rows go on by ids behind the 50,000th, where GitLab refuses larger offsets', async () => {
    const list = { offset: offsetList(60_000), keyset: keysetList(60_000) };
    await using server = await startTinyServer((request, response, index) => {
      const query = queryOf(request);
      if (query.get('pagination') === 'keyset') return list.keyset(request, response, index);
      if (Number(query.get('page')) > 500) {
        const error = 'Offset pagination has a maximum allowed offset of 50000';
        sendJson(response, { error }, { status: 405 });
        return;
      }
      return list.offset(request, response, index);
    });
    const query = { order_by: 'id', sort: 'asc' };

    const pages = await collect(readPages(taskOf({ query }), portsTo(server.url)));

    expect(idsOf(pages)).toEqual(Array.from({ length: 60_000 }, (_, index) => index + 1));
    expect(server.asked[501]).toContain('id_after=50000');
  });

  test('2: that GitLab pages neither way beyond an offset end with an error', async () => {
    const list = offsetList(900);
    await using server = await startTinyServer((request, response, index) => {
      const query = queryOf(request);
      if (query.has('pagination') || Number(query.get('page')) > 3)
        sendJson(response, { error: 'no' }, { status: 405 });
      else return list(request, response, index);
    });

    const error = await caught(() => collect(readPages(taskOf({}), portsTo(server.url))));

    expect(error.code).toBe('E_GITLAB_ANSWER');
  });

  // GL2.2
  test('2: of 25,000 rows without totals are read to their end', async () => {
    await using server = await startTinyServer(offsetList(25_000));

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(new Set(idsOf(pages)).size).toBe(25_000);
    expect(server.asked).toHaveLength(250);
  });

  // GL2.3
  test('2: of branches may announce a page that is empty', async () => {
    await using server = await startTinyServer((request, response) => {
      const isFirst = queryOf(request).get('page') === '1';
      sendJson(response, isFirst ? [{ id: 1 }] : [], {
        headers: { 'x-next-page': isFirst ? '2' : '', 'x-total-pages': '1' },
      });
    });

    const pages = await collect(readPages(taskOf({}), portsTo(server.url)));

    expect(idsOf(pages)).toEqual([1]);
    expect(positionsOf(pages).at(-1)).toEqual({ at: 'end', cursor: undefined });
  });

  test('2: that announce empty pages for ever end with E_NO_PROGRESS', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, [], { headers: { 'x-next-page': 'n' } });
    });

    const error = await caught(() => collect(readPages(taskOf({}), portsTo(server.url))));

    expect(error.code).toBe('E_NO_PROGRESS');
  });

  test.each([400, 404])(
    'begin again when the page of a token is answered with %i',
    async (status) => {
      const list = offsetList(150);
      await using server = await startTinyServer((request, response, index) => {
        if (index === 0) sendJson(response, {}, { status });
        else return list(request, response, index);
      });

      const pages = await collect(
        readPages(taskOf({}, { token: { page: 9 } }), portsTo(server.url)),
      );

      expect(idsOf(pages)).toHaveLength(150);
    },
  );

  test('that are gone when the page of a token is asked for are absent', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, {}, { status: 404 });
    });
    const task = taskOf({ absent: { 404: 'gone' } }, { token: { page: 9 } });

    const pages = await collect(readPages(task, portsTo(server.url)));

    expect(pages).toMatchObject([{ records: [], position: { at: 'end' } }]);
  });
});
