import { readFile } from 'node:fs/promises';

import { LoaderError } from '../model/errors.ts';
import type { Environment } from './settings.ts';

/** A secret that was configured; read anew with each call. */
export type Secret = () => Promise<string>;

/**
 * Finds a secret given as `NAME`, or as a file whose path is in `NAME_FILE`. Undefined when neither is set; a problem
 * when both are.
 */
export function findSecret(
  environment: Environment,
  name: string,
  problems: string[],
): Secret | undefined {
  const value = environment[name]?.trim() ?? '';
  const file = environment[`${name}_FILE`]?.trim() ?? '';
  if (value !== '' && file !== '')
    problems.push(`${name} and ${name}_FILE are both set; expected one of them`);
  if (value !== '') return () => Promise.resolve(value);
  return file === '' ? undefined : () => readSecretFile(file, `${name}_FILE`);
}

async function readSecretFile(file: string, variable: string): Promise<string> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new LoaderError('E_CONFIG', `${variable}: the file '${file}' cannot be read (${code}).`);
  }
  if (content.trim() === '')
    throw new LoaderError('E_CONFIG', `${variable}: the file '${file}' is empty.`);
  return content.trim();
}
