import { LoaderError } from '../../../functions/engine/model/errors.ts';

/** The LoaderError that `run` throws; anything else fails the test. */
export async function caught(run: () => unknown): Promise<LoaderError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof LoaderError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
