import { endpointOf } from '../google/endpoints.ts';
import { url } from './parsers.ts';
import type { Secret } from './secret.ts';
import { findSecret } from './secrets.ts';
import {
  type CertificateSecrets,
  configurationError,
  type DatabaseAddress,
  type DatabaseSettings,
  type Environment,
  type GitlabSettings,
  type PlainSettings,
  readSettings,
  type Settings,
  type UrlAddress,
} from './settings.ts';

const parseDatabaseUrl = url('postgres:', 'postgresql:');

/** Reads settings and secrets of an invocation; throws one E_CONFIG that names every problem. */
export async function loadSettings(environment: Environment): Promise<Settings> {
  const problems: string[] = [];
  const { plain, gitlab } = readGitlab(environment, problems);
  const address = await readAddress(environment, plain, problems);
  if (gitlab === undefined || address === undefined || problems.length > 0) {
    throw configurationError(problems);
  }
  return { ...gitlab, ...address };
}

/** Reads what a command needs that does not ask the database. */
export function loadGitlabSettings(environment: Environment): GitlabSettings {
  const problems: string[] = [];
  const { gitlab } = readGitlab(environment, problems);
  if (gitlab === undefined || problems.length > 0) throw configurationError(problems);
  return gitlab;
}

interface FoundSettings {
  readonly plain: PlainSettings;
  /** Undefined, with a problem more, without a token. */
  readonly gitlab: GitlabSettings | undefined;
}

function readGitlab(environment: Environment, problems: string[]): FoundSettings {
  const plain = readSettings(environment, problems);
  const token = findSecret(environment, 'GITLAB_TOKEN', problems);
  if (token === undefined) problems.unshift('GITLAB_TOKEN is not set');
  requireCaller(plain, problems);
  const certificates = findCertificates(environment, problems);
  const gitlab = token === undefined ? undefined : { ...plain, gitlabToken: token, certificates };
  return { plain, gitlab };
}

/** A certificate without its key proves nothing, and a key says nothing without its certificate. */
function findCertificates(environment: Environment, problems: string[]): CertificateSecrets {
  const ca = findSecret(environment, 'GITLAB_CA', problems);
  const clientCertificate = findSecret(environment, 'GITLAB_CLIENT_CERT', problems);
  const clientKey = findSecret(environment, 'GITLAB_CLIENT_KEY', problems);
  if ((clientCertificate === undefined) !== (clientKey === undefined)) {
    const [given, missing] = clientKey === undefined ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    problems.push(
      `GITLAB_CLIENT_${given} is set without GITLAB_CLIENT_${missing}; expected both or none`,
    );
  }
  return { ca, clientCertificate, clientKey };
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
  const before = problems.length;
  const secret = findSecret(environment, 'DATABASE_URL', problems);
  const isAlloydb = isSet(environment, 'ALLOYDB_INSTANCE');
  if (secret !== undefined && isAlloydb) {
    problems.push('DATABASE_URL and ALLOYDB_INSTANCE are both set; expected one of them');
    return undefined;
  }
  if (isAlloydb) return readAlloydb(environment, settings, problems);
  if (secret === undefined) {
    problems.push('DATABASE_URL is not set (or ALLOYDB_INSTANCE instead of it)');
    return undefined;
  }
  refuseAlloydbLogin(environment, problems);
  if (problems.length > before) return undefined;
  const address = await readDatabaseUrl(secret, problems);
  return address === undefined || isSet(environment, 'DATABASE_URL')
    ? address
    : { ...address, currentUrl: secret };
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
      apiEndpoint: endpointOf('alloydb', environment),
    },
  };
}

/** Variables of the login to an AlloyDB instance, which a URL says itself. */
const ALLOYDB_LOGIN = [
  'DB_USER',
  'DB_NAME',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_PASSWORD_SECRET',
];

function refuseAlloydbLogin(environment: Environment, problems: string[]): void {
  const [variable] = ALLOYDB_LOGIN.filter((name) => isSet(environment, name));
  if (variable === undefined) return;
  problems.push(
    `${variable} is set beside DATABASE_URL, which says that itself; expected it with ALLOYDB_INSTANCE only`,
  );
}

async function readDatabaseUrl(
  secret: Secret,
  problems: string[],
): Promise<UrlAddress | undefined> {
  const databaseUrl = await secret();
  if ('value' in parseDatabaseUrl(databaseUrl)) return { databaseUrl };
  problems.push('DATABASE_URL: expected postgres://user:password@host:port/database');
  return undefined;
}

function isSet(environment: Environment, variable: string): boolean {
  return (environment[variable]?.trim() ?? '') !== '';
}
