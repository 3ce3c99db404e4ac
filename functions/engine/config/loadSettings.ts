import { url } from './parsers.ts';
import { findSecret, type Secret } from './secrets.ts';
import {
  configurationError,
  type DatabaseAddress,
  type DatabaseSettings,
  type Environment,
  type PlainSettings,
  readSettings,
  type Settings,
} from './settings.ts';

const parseDatabaseUrl = url('postgres:', 'postgresql:');

/** Reads settings and secrets of an invocation; throws one E_CONFIG that names every problem. */
export async function loadSettings(environment: Environment): Promise<Settings> {
  const problems: string[] = [];
  const settings = readSettings(environment, problems);
  const token = findSecret(environment, 'GITLAB_TOKEN', problems);
  if (token === undefined) problems.unshift('GITLAB_TOKEN is not set');
  requireBoth(settings, problems);
  requireCaller(settings, problems);
  const address = await readAddress(environment, settings, problems);
  if (token === undefined || address === undefined || problems.length > 0) {
    throw configurationError(problems);
  }
  return { ...settings, ...address, gitlabToken: token };
}

/** A certificate without its key proves nothing, and a key says nothing without its certificate. */
function requireBoth(
  { gitlabClientCertFile: certificate, gitlabClientKeyFile: key }: PlainSettings,
  problems: string[],
): void {
  if ((certificate === '') === (key === '')) return;
  const [given, missing] =
    key === '' ? ['CERT', 'GITLAB_CLIENT_KEY_FILE'] : ['KEY', 'GITLAB_CLIENT_CERT_FILE'];
  problems.push(`GITLAB_CLIENT_${given}_FILE is set without ${missing}; expected both or none`);
}

/** A queue does not know where the function is, nor in whose name it may be called. */
function requireCaller(
  { continuation, continuationUrl, continuationServiceAccount }: PlainSettings,
  problems: string[],
): void {
  if (continuation.by !== 'queue') return;
  const needed = 'is not set, which a queue in CONTINUATION needs';
  if (continuationUrl === '') problems.push(`CONTINUATION_URL ${needed}`);
  if (continuationServiceAccount === '') problems.push(`CONTINUATION_SERVICE_ACCOUNT ${needed}`);
}

/** Reads what a command needs that does not ask GitLab. */
export async function loadDatabaseSettings(environment: Environment): Promise<DatabaseSettings> {
  const problems: string[] = [];
  const settings = readSettings(environment, problems);
  const address = await readAddress(environment, settings, problems);
  if (address === undefined || problems.length > 0) throw configurationError(problems);
  return { dataset: settings.dataset, ...address };
}

/** Undefined, with a problem more, when it is not clear where the database is. */
async function readAddress(
  environment: Environment,
  settings: PlainSettings,
  problems: string[],
): Promise<DatabaseAddress | undefined> {
  const secret = findSecret(environment, 'DATABASE_URL', problems);
  const isAlloydb = (environment['ALLOYDB_INSTANCE']?.trim() ?? '') !== '';
  if (secret !== undefined && isAlloydb) {
    problems.push('DATABASE_URL and ALLOYDB_INSTANCE are both set; expected one of them');
    return undefined;
  }
  if (isAlloydb) return readAlloydb(environment, settings, problems);
  if (secret !== undefined) return readDatabaseUrl(secret, problems);
  problems.push('DATABASE_URL is not set (or ALLOYDB_INSTANCE instead of it)');
  return undefined;
}

function readAlloydb(
  environment: Environment,
  { alloydbInstance, alloydbIpType, databaseUser, databaseName }: PlainSettings,
  problems: string[],
): DatabaseAddress {
  if (databaseUser === '') problems.push('DB_USER is not set, which ALLOYDB_INSTANCE needs');
  if (databaseName === '') problems.push('DB_NAME is not set, which ALLOYDB_INSTANCE needs');
  return {
    alloydb: {
      instanceUri: alloydbInstance,
      ipType: alloydbIpType,
      user: databaseUser,
      database: databaseName,
      password: findSecret(environment, 'DB_PASSWORD', problems),
    },
  };
}

async function readDatabaseUrl(
  secret: Secret,
  problems: string[],
): Promise<DatabaseAddress | undefined> {
  const databaseUrl = await secret();
  if ('value' in parseDatabaseUrl(databaseUrl)) return { databaseUrl };
  problems.push('DATABASE_URL: expected postgres://user:password@host:port/database');
  return undefined;
}
