import { join } from 'node:path';

import { expect, test } from 'vitest';

import { ofCommand, startFunction } from '../../support/functionProcess.ts';

const REJECTING = join(import.meta.dirname, '../../fixtures/rejectingFunction.ts');

/** The framework writes nothing of its own then. */
const PRODUCTION = { NODE_ENV: 'production' };

test('a rejection that nobody awaits is told without its message and ends nothing', async () => {
  await using rejecting = await startFunction('rejecting', PRODUCTION, ofCommand(REJECTING));

  const told = [await rejecting.post('{}'), await rejecting.post('{}')];

  expect(told.map(({ body }) => body)).toEqual([{ answered: true }, { answered: true }]);
  const [line = ''] = rejecting.written().split('\n');
  expect(JSON.parse(line)).toMatchObject({
    severity: 'ERROR',
    message: 'A rejection was awaited by nobody.',
    error: expect.stringMatching(/^Error at .*rejectingFunction/) as unknown,
  });
  expect(rejecting.written()).not.toContain('canary');
});
