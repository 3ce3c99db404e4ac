import { AlloydbError, type AlloydbErrorCode } from './errors.ts';
import type { InstanceUri } from './instanceUri.ts';

/** What is read of an answer that is no success: names of Google's error model, never its sentences. */
interface Refusal {
  readonly reason: string;
  readonly permission: string;
}

const CLIENT_ROLE = 'roles/alloydb.client';
const CONSUMER_ROLE = 'roles/serviceusage.serviceUsageConsumer';

/** Whether the same call may succeed a moment later, by the status of its answer. */
export function isPassingStatus(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Says what a status of the Admin API means for the instance. */
export function apiError(status: number, body: unknown, uri: InstanceUri): AlloydbError {
  const [code, message] = meaningOf(status, refusalOf(body), uri);
  return new AlloydbError(code, message);
}

function meaningOf(
  status: number,
  refusal: Refusal,
  uri: InstanceUri,
): readonly [AlloydbErrorCode, string] {
  const { instance } = uri;
  if (isPassingStatus(status)) {
    return [
      'API_UNAVAILABLE',
      `The AlloyDB API answered ${status.toString()} for instance '${instance}'.`,
    ];
  }
  if (status === 401) {
    return [
      'API_DENIED',
      `The AlloyDB API did not accept the credentials for '${instance}' (401).`,
    ];
  }
  if (status === 403) return ['API_DENIED', denial(refusal, uri)];
  if (status === 404) {
    return [
      'API_NOT_FOUND',
      `AlloyDB instance '${instance}' does not exist, or the credentials may not see it (404).`,
    ];
  }
  const reason = refusal.reason === '' ? '' : ` (${refusal.reason})`;
  return [
    'API_ANSWER',
    `The AlloyDB API answered ${status.toString()}${reason} for instance '${instance}'.`,
  ];
}

function denial({ reason, permission }: Refusal, { instance, project }: InstanceUri): string {
  if (reason === 'SERVICE_DISABLED')
    return `The AlloyDB API (alloydb.googleapis.com) is not enabled in project '${project}' (403).`;
  if (reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')
    return `The access token for AlloyDB instance '${instance}' lacks the scope cloud-platform (403).`;
  const who = `The credentials may not connect to AlloyDB instance '${instance}' (403)`;
  if (permission.startsWith('serviceusage.') || reason === 'USER_PROJECT_DENIED')
    return `${who}: ${permission === '' ? 'serviceusage.services.use' : permission} is missing, which ${CONSUMER_ROLE} grants.`;
  if (permission !== '') return `${who}: ${permission} is missing, which ${CLIENT_ROLE} grants.`;
  return `${who}: they need ${CLIENT_ROLE} and ${CONSUMER_ROLE} in project '${project}'.`;
}

/** Google's error model: `error.status` is a word, `error.details` may hold an ErrorInfo with reason and permission. */
function refusalOf(body: unknown): Refusal {
  const error = field(body, 'error');
  const details = field(error, 'details');
  const list: readonly unknown[] = Array.isArray(details) ? details : [];
  const facts = list.find((detail) => name(detail, 'reason') !== '');
  const quoted = /[Pp]ermission '?([\w.]+)'?/.exec(text(error, 'message'))?.[1] ?? '';
  return {
    reason: name(facts, 'reason') || name(error, 'status'),
    permission: name(field(facts, 'metadata'), 'permission') || permissionName(quoted),
  };
}

/** A word of letters, digits, dots and underscores; anything else is not shown. */
function name(value: unknown, key: string): string {
  const found = text(value, key);
  return /^[\w.]{1,100}$/.test(found) ? found : '';
}

function permissionName(word: string): string {
  return /^[a-z]+\.\w+\.\w+$/i.test(word) ? word : '';
}

function text(value: unknown, key: string): string {
  const found = field(value, key);
  return typeof found === 'string' ? found : '';
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
