import fc from 'fast-check';
import { expect, test } from 'vitest';

import { type RunRequest, TRIGGERS } from '../../../functions/engine/model/run.ts';
import { readRequest, writeRequest } from '../../../functions/engine/trigger/request.ts';

const SEED = Number(process.env['PROPERTY_SEED'] ?? '61');
const names = fc.array(fc.string(), { minLength: 1, maxLength: 4 });
const options = {
  families: names,
  resources: names,
  partition: fc.string(),
  asOf: fc.date({ noInvalidDate: true }),
};

const orders: fc.Arbitrary<RunRequest> = fc
  .tuple(
    fc.record(options, { requiredKeys: [] }),
    fc.record({
      trigger: fc.constantFrom(...TRIGGERS),
      mode: fc.constantFrom('incremental' as const, 'full' as const),
      until: fc.constantFrom('once' as const, 'done' as const),
    }),
  )
  .map(([some, all]) => ({ ...some, ...all }));

test('an order that is written as a body is read as the same order', () => {
  fc.assert(
    fc.property(orders, (order) => {
      const body = JSON.stringify(writeRequest(order));

      expect(readRequest(body, { trigger: 'manual' })).toEqual(order);
    }),
    { seed: SEED },
  );
});

test('an order of a family stays one when its own function reads it', () => {
  const order: RunRequest = {
    trigger: 'continuation',
    families: ['jobs'],
    mode: 'full',
    until: 'done',
  };

  const body = JSON.stringify(writeRequest(order));

  expect(readRequest(body, { family: 'jobs', trigger: 'pubsub' })).toEqual(order);
});

test('an order that names nothing, to nobody, is for everything', () => {
  expect(readRequest('', { trigger: 'job' })).toEqual({
    trigger: 'job',
    mode: 'incremental',
    until: 'once',
  });
});
