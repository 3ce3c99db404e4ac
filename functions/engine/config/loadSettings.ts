import { url } from './parsers.ts';
import { findSecret } from './secrets.ts';
import { configurationError, type Environment, readSettings, type Settings } from './settings.ts';

const parseDatabaseUrl = url('postgres:', 'postgresql:');

/** Reads settings and secrets of an invocation; throws one E_CONFIG that names every problem. */
export async function loadSettings(environment: Environment): Promise<Settings> {
  const problems: string[] = [];
  const settings = readSettings(environment, problems);
  const token = findSecret(environment, 'GITLAB_TOKEN', problems);
  if (token === undefined) problems.unshift('GITLAB_TOKEN is not set');
  const databaseUrl = await readDatabaseUrl(environment, problems);
  if (token === undefined || databaseUrl === undefined || problems.length > 0) {
    throw configurationError(problems);
  }
  return { ...settings, databaseUrl, gitlabToken: token };
}

/** Reads what a command needs that does not ask GitLab. */
export async function loadDatabaseSettings(
  environment: Environment,
): Promise<Pick<Settings, 'databaseUrl' | 'dataset'>> {
  const problems: string[] = [];
  const { dataset } = readSettings(environment, problems);
  const databaseUrl = await readDatabaseUrl(environment, problems);
  if (databaseUrl === undefined || problems.length > 0) throw configurationError(problems);
  return { dataset, databaseUrl };
}

/** Undefined, with a problem more, when there is no URL or none that PostgreSQL's clients take. */
async function readDatabaseUrl(
  environment: Environment,
  problems: string[],
): Promise<string | undefined> {
  const secret = findSecret(environment, 'DATABASE_URL', problems);
  if (secret === undefined) {
    problems.push('DATABASE_URL is not set');
    return undefined;
  }
  const databaseUrl = await secret();
  if ('value' in parseDatabaseUrl(databaseUrl)) return databaseUrl;
  problems.push('DATABASE_URL: expected postgres://user:password@host:port/database');
  return undefined;
}
