import { url } from './parsers.ts';
import { findSecret, type Secret } from './secrets.ts';
import { configurationError, type Environment, readSettings, type Settings } from './settings.ts';

const parseDatabaseUrl = url('postgres:', 'postgresql:');

/** Reads settings and secrets of an invocation; throws one E_CONFIG that names every problem. */
export async function loadSettings(environment: Environment): Promise<Settings> {
  const problems: string[] = [];
  const settings = readSettings(environment, problems);
  const token = findSecret(environment, 'GITLAB_TOKEN', problems);
  if (token === undefined) problems.unshift('GITLAB_TOKEN is not set');
  const database = requireDatabase(environment, problems);
  if (token === undefined || database === undefined || problems.length > 0) {
    throw configurationError(problems);
  }
  return { ...settings, databaseUrl: await readDatabaseUrl(database), gitlabToken: token };
}

/** Reads what a command needs that does not ask GitLab. */
export async function loadDatabaseSettings(
  environment: Environment,
): Promise<Pick<Settings, 'databaseUrl' | 'dataset'>> {
  const problems: string[] = [];
  const { dataset } = readSettings(environment, problems);
  const database = requireDatabase(environment, problems);
  if (database === undefined || problems.length > 0) throw configurationError(problems);
  return { dataset, databaseUrl: await readDatabaseUrl(database) };
}

function requireDatabase(environment: Environment, problems: string[]): Secret | undefined {
  const database = findSecret(environment, 'DATABASE_URL', problems);
  if (database === undefined) problems.push('DATABASE_URL is not set');
  return database;
}

async function readDatabaseUrl(secret: Secret): Promise<string> {
  const databaseUrl = await secret();
  if ('expected' in parseDatabaseUrl(databaseUrl)) {
    throw configurationError([
      'DATABASE_URL: expected postgres://user:password@host:port/database',
    ]);
  }
  return databaseUrl;
}
