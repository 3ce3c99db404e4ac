import { inspect } from 'node:util';

import { expect } from 'vitest';

import { AlloydbError } from '../../../functions/engine/alloydb/index.ts';

/** A database that no test gets to. */
export const nowhere = 'postgres://127.0.0.1:1/nowhere';

/** The connector's error of work that must fail; what is shown of it must hold no token and no key. */
export async function refusalOf(work: Promise<unknown>): Promise<AlloydbError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AlloydbError);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/canary|PRIVATE KEY/);
  return error as AlloydbError;
}
