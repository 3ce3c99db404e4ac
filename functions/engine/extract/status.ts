import { LoaderError } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { refusedToken, wrongAnswer } from './failures.ts';
import { redirectOrigin } from './moved.ts';
import { type GitlabResponse, isApiAnswer, pathOf, queryOf } from './response.ts';
import { shownWords } from './shownWords.ts';

/** What an answer to a list or object request means. */
export type Verdict =
  /** The body holds records. */
  | 'records'
  /** What was asked for does not exist here, and the resource says that this is no error. */
  | 'absent'
  /** This list pages the other way. */
  | 'other-pagination'
  /** The page token is not valid any more. */
  | 'restart';

/** Judges an answer; throws for everything that is neither records nor a known exception. */
export function judge(response: GitlabResponse, absent: ResourceSpec['absent']): Verdict {
  const { status, request } = response;
  if (hasRecords(response)) return 'records';
  if (!isApiAnswer(response) || (status >= 200 && status < 400)) {
    throw wrongAnswer(request, strangeAnswer(response), { status });
  }
  const scope = missingScope(response);
  if (scope !== undefined)
    throw refusedToken(403, request, `it lacks the scope '${scope.replaceAll(' ', "' or '")}'`);
  if (Object.hasOwn(absent, status)) return 'absent';
  if (status === 405) return 'other-pagination';
  if (status === 422 && isPageToken(request)) return 'restart';
  throw refusalOf(response);
}

/** True where GitLab says that this is not there, or not for this token. */
export function absentOrRefused(response: GitlabResponse): boolean {
  const { status } = response;
  return isApiAnswer(response) && (status === 403 || status === 404) && !isScopeMissing(response);
}

function strangeAnswer(response: GitlabResponse): string {
  const { status, text } = response;
  const origin = redirectOrigin(response);
  if (origin !== undefined) return `status ${String(status)} that leads to '${origin}'`;
  if (status === 200 && text === '') return 'an empty body';
  return `status ${String(status)} that is not of its API`;
}

function hasRecords({ status, json }: GitlabResponse): boolean {
  return status === 204 || (status === 200 && json !== undefined);
}

function isPageToken(request: string): boolean {
  return new URLSearchParams(queryOf(request)).has('page_token');
}

function refusalOf(response: GitlabResponse): LoaderError {
  const { status, request } = response;
  return status === 403 || status === 404
    ? forbidden(status, request, wordsOf(response))
    : wrongAnswer(request, `status ${status}`, { status });
}

/** What GitLab says in `message` or `error` of a refusal, fit to be shown; empty without such words. */
export function wordsOf({ json }: GitlabResponse): string {
  if (!isJsonObject(json)) return '';
  const { message, error } = json;
  return shownWords(typeof message === 'string' ? message : error);
}

/** True for the 403 of a token whose scopes do not suffice. */
export function isScopeMissing(response: GitlabResponse): boolean {
  return missingScope(response) !== undefined;
}

/** Why a resource does not exist here, in the resource's own words. */
export function absenceOf(status: number, absent: ResourceSpec['absent']): string {
  const reasons: Readonly<Record<number, string | undefined>> = absent;
  return reasons[status] ?? `status ${String(status)}`;
}

function missingScope({ status, json }: GitlabResponse): string | undefined {
  if (status !== 403 || !isJsonObject(json) || json['error'] !== 'insufficient_scope')
    return undefined;
  const { scope } = json;
  return typeof scope === 'string' && /^[a-z_ ]{1,100}$/.test(scope) ? scope : 'read_api';
}

/** The token may not read this, or it is gone: GitLab answers 404 for both. */
export function forbidden(status: number, request: string, words = ''): LoaderError {
  const path = pathOf(request);
  return new LoaderError(
    'E_GITLAB_FORBIDDEN',
    `GitLab refused GET '${path}' with status ${String(status)}${slashHint(status, path)}.`,
    { details: { status, path, ...(words === '' ? {} : { words }) } },
  );
}

/** A proxy that decodes `%2F` makes another path of a name with a slash. */
function slashHint(status: number, path: string): string {
  return status === 404 && /%2f/i.test(path)
    ? "; if it is there, a proxy in front of GitLab decodes '%2F' (nocanon, AllowEncodedSlashes NoDecode)"
    : '';
}
