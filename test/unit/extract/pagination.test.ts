import { describe, expect, test } from 'vitest';

import { nextKeysetQuery } from '../../../functions/engine/extract/pagination/keyset.ts';
import { nextLinkQuery } from '../../../functions/engine/extract/pagination/nextLinkQuery.ts';
import {
  knownOffsetQueries,
  nextOffsetQuery,
} from '../../../functions/engine/extract/pagination/offset.ts';
import { smallerPage } from '../../../functions/engine/extract/pagination/pageSize.ts';
import { watchProgress } from '../../../functions/engine/extract/pagination/progress.ts';
import { nextUnpagedQuery } from '../../../functions/engine/extract/pagination/unpaged.ts';
import { answer } from './answer.ts';
import { caught } from './caught.ts';

describe('nextLinkQuery', () => {
  const links = [
    { name: 'next', header: '<https://h/p?a=1>; rel="next"', query: 'a=1' },
    { name: 'next after prev', header: '<u?a=1>; rel="prev", <u?b=2>; rel="next"', query: 'b=2' },
    { name: 'an unquoted relation', header: '<u?b=2>; rel=next', query: 'b=2' },
    { name: 'several relations', header: '<u?b=2>; title="x"; rel="last next"', query: 'b=2' },
    { name: 'a comma in the URL', header: '<u?ids=1,2>; rel="next"', query: 'ids=1,2' },
    { name: 'a fragment', header: '<u?b=2#c?d>; rel="next"', query: 'b=2' },
    { name: 'no query', header: '<https://h/p>; rel="next"', query: '' },
    {
      name: 'only first and last',
      header: '<u?a>; rel="first", <u?z>; rel="last"',
      query: undefined,
    },
    { name: 'garbage', header: 'rel="next"', query: undefined },
    { name: 'an open bracket', header: '<u?a; rel="next"', query: undefined },
    { name: 'no header', header: undefined, query: undefined },
  ];
  test.each(links)('reads $name', ({ header, query }) => {
    expect(nextLinkQuery(header)).toBe(query);
  });

  test('reads a hostile header in linear time', () => {
    const header = '<'.repeat(50_000) + '>;'.repeat(50_000);

    const begun = performance.now();
    nextLinkQuery(header);

    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('nextKeysetQuery', () => {
  // GL2.5
  test('drops credentials that GitLab repeats', () => {
    const link = '<http://evil/x?private_token=t&access_token=t&cursor=c&sudo=root>; rel="next"';

    expect(nextKeysetQuery(answer({ headers: { link } }))).toBe('cursor=c');
  });

  test('ends without a next link', () => {
    expect(nextKeysetQuery(answer({ headers: {} }))).toBeUndefined();
  });
});

describe('nextOffsetQuery', () => {
  const request = '/x?a=b&page=3&per_page=100';
  const pages = [
    {
      name: 'X-Next-Page',
      headers: { 'x-next-page': '4' },
      records: 7,
      next: 'a=b&page=4&per_page=100',
    },
    { name: 'an empty X-Next-Page', headers: { 'x-next-page': '' }, records: 100, next: undefined },
    {
      name: 'a next link on an empty page',
      headers: { link: '<u?page=4>; rel="next"' },
      records: 0,
      next: 'a=b&page=4&per_page=100',
    },
    {
      name: 'links without next',
      headers: { link: '<u>; rel="first"' },
      records: 100,
      next: undefined,
    },
    { name: 'no headers, a full page', headers: {}, records: 100, next: 'a=b&page=4&per_page=100' },
    { name: 'no headers, a short page', headers: {}, records: 99, next: undefined },
  ];
  // GL2.2
  test.each(pages)('follows $name', ({ headers, records, next }) => {
    expect(nextOffsetQuery(answer({ headers, request }), records)).toBe(next);
  });

  test('never takes the page number from GitLab', () => {
    const response = answer({ headers: { 'x-next-page': '999' }, request });

    expect(nextOffsetQuery(response, 100)).toBe('a=b&page=4&per_page=100');
  });
});

describe('knownOffsetQueries', () => {
  test.each([
    ['1', []],
    ['2', ['page=2']],
    ['9', ['page=2', 'page=3']],
    ['x', []],
  ])('names the pages that exist of %s', (total, queries) => {
    const response = answer({ headers: { 'x-total-pages': total }, request: '/x?page=1' });

    expect(knownOffsetQueries(response, 2)).toEqual(queries);
  });
});

describe('nextUnpagedQuery', () => {
  test('ends after one answer', () => {
    expect(nextUnpagedQuery(answer({ json: [{}] }), 1)).toBeUndefined();
  });

  test('goes on when the endpoint turns out to page', () => {
    const response = answer({ json: [{}], headers: { 'x-next-page': '2' } });

    expect(nextUnpagedQuery(response, 1)).toBe('page=2');
  });
});

describe('smallerPage', () => {
  test.each([
    ['/x?per_page=100&page=1', '/x?per_page=50&page=1'],
    ['/x?per_page=100&page=4', '/x?per_page=50&page=7'],
    ['/x?per_page=50&page=3', '/x?per_page=20&page=6'],
    ['/x?per_page=50&page=2', '/x?per_page=10&page=6'],
    ['/x?per_page=100&cursor=c', '/x?per_page=50&cursor=c'],
    ['/x?per_page=10&page=2', undefined],
    ['/x', undefined],
  ])('continues %s at %s', (from, to) => {
    expect(smallerPage(from)).toBe(to);
  });
});

describe('watchProgress', () => {
  const page = { request: '/x', text: 'a' };

  test('accepts pages that move on', () => {
    const watch = watchProgress(['id']);

    watch({ ...page, first: { id: 1 }, next: 'b' });
    watch({ ...page, first: { id: 2 }, next: 'c' });

    expect(() => {
      watch({ ...page, first: undefined, next: undefined });
    }).not.toThrow();
  });

  const stuck = [
    { name: 'the same first key twice', first: [{ id: 1 }, { id: 1 }], next: ['b', 'c'] },
    { name: 'the same page without a key', first: [{ x: 1 }, { x: 1 }], next: ['b', 'c'] },
    { name: 'a link to itself', first: [undefined, undefined], next: ['b', 'b'] },
  ];
  test.each(stuck)('refuses $name', async ({ first, next }) => {
    const watch = watchProgress(['id']);
    watch({ ...page, first: first[0], next: next[0] });

    const error = await caught(() => {
      watch({ ...page, first: first[1], next: next[1] });
    });

    expect(error.code).toBe('E_NO_PROGRESS');
  });

  test('refuses A to B to A', async () => {
    const watch = watchProgress(['id']);
    watch({ ...page, first: { id: 1 }, next: 'b' });
    watch({ ...page, first: { id: 2 }, next: 'a' });

    const error = await caught(() => {
      watch({ ...page, first: { id: 1 }, next: 'b' });
    });

    expect(error.code).toBe('E_NO_PROGRESS');
  });

  test('refuses a list without an end', async () => {
    const watch = watchProgress(['id'], 3);
    watch({ ...page, first: { id: 1 }, next: '1' });
    watch({ ...page, first: { id: 2 }, next: '2' });

    const error = await caught(() => {
      watch({ ...page, first: { id: 3 }, next: '3' });
    });

    expect(error.code).toBe('E_NO_PROGRESS');
  });
});
