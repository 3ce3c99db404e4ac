import type { LoaderError } from '../model/errors.ts';
import type { RunProblem } from '../model/run.ts';

/** What a report says of an error. */
export function loaderProblem({ code, message, details }: LoaderError): RunProblem {
  const { retryAfterSeconds } = details;
  return {
    code,
    message,
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  };
}
