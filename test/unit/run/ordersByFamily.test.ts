import { expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { RunRequest } from '../../../functions/engine/model/run.ts';
import { ordersByFamily } from '../../../functions/engine/run/ordersByFamily.ts';

const { jobs, projects, branches } = catalog;
const SMALL = { jobs, projects, branches };
const REQUEST: RunRequest = { trigger: 'continuation', mode: 'full', until: 'done' };

test.each([
  {
    name: 'everything is ordered from each family',
    request: {},
    orders: [
      ['jobs', { families: ['jobs'] }],
      ['projects', { families: ['projects'] }],
      ['branches', { families: ['branches'] }],
    ],
  },
  {
    name: 'families are ordered one by one',
    request: { families: ['branches', 'jobs'] },
    orders: [
      ['branches', { families: ['branches'] }],
      ['jobs', { families: ['jobs'] }],
    ],
  },
  {
    name: 'resources are ordered from the families that they belong to',
    request: { resources: ['branches', 'jobs', 'job'] },
    orders: [
      ['jobs', { resources: ['jobs', 'job'] }],
      ['branches', { resources: ['branches'] }],
    ],
  },
  {
    name: 'a family and a resource of another are two orders',
    request: { families: ['jobs'], resources: ['branches'], partition: '7' },
    orders: [
      ['jobs', { families: ['jobs'], partition: '7' }],
      ['branches', { resources: ['branches'], partition: '7' }],
    ],
  },
])('$name', ({ request, orders }) => {
  expect(ordersByFamily({ ...REQUEST, ...request }, SMALL as typeof catalog)).toStrictEqual(
    orders.map(([family, more]) => ({ family, request: { ...REQUEST, ...(more as object) } })),
  );
});
