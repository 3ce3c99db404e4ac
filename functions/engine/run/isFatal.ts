import { LoaderError } from '../model/errors.ts';

const FATAL: ReadonlySet<string> = new Set([
  'E_CONFIG',
  'E_GITLAB_AUTH',
  'E_GITLAB_BLOCKED',
  'E_GITLAB_UNREACHABLE',
  'E_DATABASE_UNREACHABLE',
  'E_DATABASE_AUTH',
  'E_ALLOYDB_ACCESS',
  'E_GOOGLE',
  'E_GOOGLE_ACCESS',
  'E_DATABASE_RIGHT',
  'E_DATASET',
]);

/** Whether no partition can go on after this error: a wrong setting, a server that is gone, or a defect. */
export function isFatal(error: unknown): boolean {
  return !(error instanceof LoaderError) || FATAL.has(error.code);
}
