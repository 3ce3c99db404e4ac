import { readFile } from 'node:fs/promises';

import type { NamedSecret } from '../google/secretApi.ts';
import { openSecretManager, type SecretManager } from '../google/secretManager.ts';
import { parseSecretName, SECRET_FORMS } from '../google/secretName.ts';
import { LoaderError } from '../model/errors.ts';
import type { Secret } from './secret.ts';
import type { Environment } from './settings.ts';

/** The ways to give a secret, as ends of its variable's name. */
const WAYS = ['', '_FILE', '_SECRET'] as const;

/**
 * Finds a secret given as `NAME`, as a file whose path is in `NAME_FILE`, or in Secret Manager by the resource name in
 * `NAME_SECRET`. Undefined when none is set; a problem when several are, or when the resource name is none.
 */
export function findSecret(
  environment: Environment,
  name: string,
  problems: string[],
): Secret | undefined {
  const given = WAYS.filter((way) => valueOf(environment, name + way) !== '');
  const [way] = given;
  if (way === undefined) return undefined;
  if (given.length > 1) problems.push(several(given.map((end) => name + end)));
  const variable = name + way;
  const value = valueOf(environment, variable);
  if (way === '') return placed(variable, () => Promise.resolve(value));
  const file = `${variable}: the file '${value}'`;
  if (way === '_FILE') return placed(file, () => readSecretFile(value, file));
  const named = findNamedSecret(environment, name, problems);
  const manager = secretManagerOf(environment);
  const place = `${variable}: the secret '${value}'`;
  return placed(place, async (refused) => {
    if (named === undefined) throw new LoaderError('E_CONFIG', wrongName(variable));
    return notEmpty(await manager.read(named, refused), place);
  });
}

/** The resource name in `NAME_SECRET`; undefined when it is not set, and with a problem more when it is none. */
export function findNamedSecret(
  environment: Environment,
  name: string,
  problems: string[],
): NamedSecret | undefined {
  const variable = `${name}_SECRET`;
  const value = valueOf(environment, variable);
  if (value === '') return undefined;
  const parsed = parseSecretName(value);
  if (parsed !== undefined) return { ...parsed, variable };
  problems.push(wrongName(variable));
  return undefined;
}

const managers = new WeakMap<Environment, SecretManager>();

/** One for each environment, so that a process whose entrance always hands over the same one asks for a secret once. */
export function secretManagerOf(environment: Environment): SecretManager {
  const manager = managers.get(environment) ?? openSecretManager(environment);
  managers.set(environment, manager);
  return manager;
}

function placed(place: string, read: (refused?: string) => Promise<string>): Secret {
  return Object.assign(read, { place });
}

function valueOf(environment: Environment, variable: string): string {
  return environment[variable]?.trim() ?? '';
}

function several(variables: readonly string[]): string {
  const [last = '', ...others] = variables.toReversed();
  const all = variables.length === 2 ? 'both' : 'all';
  return `${others.toReversed().join(', ')} and ${last} are ${all} set; expected one of them`;
}

/** The value is not shown: it may be the secret itself. */
function wrongName(variable: string): string {
  return `${variable}: expected ${SECRET_FORMS}`;
}

async function readSecretFile(file: string, place: string): Promise<string> {
  try {
    return notEmpty(await readFile(file, 'utf8'), place);
  } catch (error) {
    if (error instanceof LoaderError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    throw new LoaderError('E_CONFIG', `${place} cannot be read (${code}).`);
  }
}

function notEmpty(text: string, place: string): string {
  if (text.trim() === '') throw new LoaderError('E_CONFIG', `${place} is empty.`);
  return text.trim();
}
