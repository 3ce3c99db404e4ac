import { LoaderError } from '../model/errors.ts';
import { EVOLVE } from '../model/schema.ts';
import {
  type Continuation,
  continuation,
  instanceUri,
  integer,
  ipType,
  nesting,
  oneOf,
  pairs,
  type Parser,
  schemaContract,
  schemaName,
  text,
  url,
} from './parsers.ts';
import type { Secret } from './secret.ts';

/** Environment variables as the entrance hands them over. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Setting<T> {
  readonly variable: string;
  readonly parse: Parser<T>;
  readonly fallback?: T;
}

/** Dictionary tables that are read unless the user lists others: the largest of GitLab's main and CI databases. */
const DICTIONARY_TABLES = [
  ['main', 'users'],
  ['main', 'namespaces'],
  ['main', 'projects'],
  ['main', 'issues'],
  ['main', 'merge_requests'],
  ['main', 'notes'],
  ['main', 'events'],
  ['ci', 'p_ci_builds'],
  ['ci', 'p_ci_pipelines'],
  ['ci', 'ci_runners'],
] as const satisfies readonly (readonly [string, string])[];

const NOBODY: Continuation = { by: 'nobody' };

/** Every setting that is not a secret: variable, how it is read, and what holds when it is not set. */
export const SETTINGS = {
  gitlabBaseUrl: {
    variable: 'GITLAB_BASE_URL',
    parse: url('https:', 'http:'),
    fallback: 'https://gitlab.com',
  },
  gitlabScope: { variable: 'GITLAB_SCOPE', parse: text, fallback: '' },
  resources: { variable: 'RESOURCES', parse: text, fallback: '' },
  gitlabAllowHttp: {
    variable: 'GITLAB_ALLOW_HTTP',
    parse: oneOf('true', 'false'),
    fallback: 'false',
  },
  alloydbInstance: { variable: 'ALLOYDB_INSTANCE', parse: instanceUri, fallback: '' },
  alloydbIpType: { variable: 'ALLOYDB_IP_TYPE', parse: ipType, fallback: 'PRIVATE' },
  databaseUser: { variable: 'DB_USER', parse: text, fallback: '' },
  databaseName: { variable: 'DB_NAME', parse: text, fallback: '' },
  dataset: { variable: 'DATASET', parse: schemaName, fallback: 'gitlab_data' },
  timeBudgetSeconds: { variable: 'TIME_BUDGET_SECONDS', parse: integer(3, 604_800), fallback: 0 },
  continuation: { variable: 'CONTINUATION', parse: continuation, fallback: NOBODY },
  continuationUrl: { variable: 'CONTINUATION_URL', parse: url('https:', 'http:'), fallback: '' },
  continuationServiceAccount: {
    variable: 'CONTINUATION_SERVICE_ACCOUNT',
    parse: text,
    fallback: '',
  },
  leaseSeconds: { variable: 'LEASE_SECONDS', parse: integer(5, 3_600), fallback: 60 },
  concurrency: { variable: 'CONCURRENCY', parse: integer(1, 64), fallback: 8 },
  overlapMinutes: { variable: 'OVERLAP_MINUTES', parse: integer(0, 10_080), fallback: 10 },
  rateReservePercent: { variable: 'RATE_RESERVE_PERCENT', parse: integer(0, 90), fallback: 20 },
  maxTableNesting: { variable: 'MAX_TABLE_NESTING', parse: nesting, fallback: 2 },
  schemaContract: { variable: 'SCHEMA_CONTRACT', parse: schemaContract, fallback: EVOLVE },
  deletes: { variable: 'DELETES', parse: oneOf('sweep', 'keep'), fallback: 'sweep' },
  quietHours: { variable: 'QUIET_HOURS', parse: integer(0, 8_784), fallback: 24 },
  fullPassHours: { variable: 'FULL_PASS_HOURS', parse: integer(0, 8_784), fallback: 24 },
  dictionaryTables: { variable: 'DICTIONARY_TABLES', parse: pairs, fallback: DICTIONARY_TABLES },
  secretFields: { variable: 'SECRET_FIELDS', parse: oneOf('hash', 'plain'), fallback: 'hash' },
  webhookUrl: { variable: 'WEBHOOK_URL', parse: url('https:', 'http:'), fallback: '' },
  logFormat: { variable: 'LOG_FORMAT', parse: oneOf('json', 'pretty', 'auto'), fallback: 'auto' },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends { readonly parse: Parser<infer T> } ? T : never;

/** The settings of one invocation. 0 and `''` stand for "not set". */
export type PlainSettings = {
  readonly [K in keyof typeof SETTINGS]: ValueOf<(typeof SETTINGS)[K]>;
};

/** An AlloyDB instance that is reached by way of the connector, with the login to it. */
export interface AlloydbSettings {
  readonly instanceUri: string;
  readonly ipType: PlainSettings['alloydbIpType'];
  readonly user: string;
  readonly database: string;
  /** Gives the password of each login; without it, IAM checks the login. */
  readonly password: Secret | undefined;
  /** Origin of the Admin API. */
  readonly apiEndpoint: string;
}

/** A database that a URL names. */
export interface UrlAddress {
  readonly databaseUrl: string;
  /** Gives the URL whose password the next login takes, where it does not stand in the environment itself. */
  readonly currentUrl?: Secret;
  readonly alloydb?: undefined;
}

/** Where the database is: a URL, or an AlloyDB instance. */
export type DatabaseAddress =
  UrlAddress | { readonly alloydb: AlloydbSettings; readonly databaseUrl?: undefined };

/** What a command needs that does not ask GitLab. */
export type DatabaseSettings = DatabaseAddress & Pick<PlainSettings, 'dataset'>;

/** What a command needs that asks GitLab alone. */
export type GitlabSettings = PlainSettings & {
  /** Reads the token; another one than that which was refused, where there is one by now. */
  readonly gitlabToken: (refused?: string) => Promise<string>;
  readonly certificates: CertificateSecrets;
};

/** Settings with the secrets and the database that were found. */
export type Settings = GitlabSettings & DatabaseAddress;

/** What the connections to GitLab trust and prove, as PEM; a certificate and its key come together. */
export interface CertificateSecrets {
  readonly ca: Secret | undefined;
  readonly clientCertificate: Secret | undefined;
  readonly clientKey: Secret | undefined;
}

/** Reads every setting; collects the problems of all of them in `problems` and leaves their fallback in place. */
export function readSettings(environment: Environment, problems: string[]): PlainSettings {
  const entries = Object.entries(SETTINGS).map(([name, setting]) => [
    name,
    readSetting(environment, setting, problems),
  ]);
  const settings = Object.fromEntries(entries) as PlainSettings;
  if (settings.timeBudgetSeconds !== 0) return settings;
  return { ...settings, timeBudgetSeconds: platformBudget(environment, problems) };
}

/** What the platform says of the time that it gives a request. */
const REQUEST_TIMEOUT = {
  variable: 'CLOUD_RUN_TIMEOUT_SECONDS',
  parse: integer(1, 86_400),
  fallback: 0,
} as const satisfies Setting<number>;

/** The rest of a request's time is for the start of the process and for the answer. */
const PART_OF_REQUEST = 0.8;
const LONGEST_BUDGET_SECONDS = 25 * 60;
const SHORTEST_BUDGET_SECONDS = 3;

function platformBudget(environment: Environment, problems: string[]): number {
  const timeout = Number(readSetting(environment, REQUEST_TIMEOUT, problems));
  if (timeout === 0) return 0;
  const part = Math.floor(timeout * PART_OF_REQUEST);
  return Math.min(LONGEST_BUDGET_SECONDS, Math.max(SHORTEST_BUDGET_SECONDS, part));
}

function readSetting(
  environment: Environment,
  { variable, parse, fallback }: (typeof SETTINGS)[keyof typeof SETTINGS] | typeof REQUEST_TIMEOUT,
  problems: string[],
): unknown {
  const value = environment[variable]?.trim() ?? '';
  if (value === '') return fallback;
  const parsed = parse(value);
  if ('value' in parsed) return parsed.value;
  problems.push(`${variable}: expected ${parsed.expected}, got '${withoutCredentials(value)}'`);
  return fallback;
}

/** One error for every problem together. */
export function configurationError(problems: readonly string[]): LoaderError {
  return new LoaderError('E_CONFIG', `Invalid configuration: ${problems.join('; ')}.`);
}

/** Settings such as URLs may carry a password by mistake; a message must not show it. */
export function withoutCredentials(value: string): string {
  return value
    .replace(/\/\/[^/@]*@/g, '//***@')
    .replace(/glpat-[\w-]+/g, '***')
    .slice(0, 200);
}
