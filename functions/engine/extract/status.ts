import { LoaderError } from '../model/errors.ts';
import { isJsonObject } from '../model/json.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { refusedToken, wrongAnswer } from './failures.ts';
import { type GitlabResponse, isApiAnswer, pathOf, queryOf } from './response.ts';

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
    throw wrongAnswer(request, `status ${status} that is not of its API`, { status });
  }
  const scope = missingScope(response);
  if (scope !== undefined)
    throw refusedToken(403, request, `it lacks the scope '${scope.replaceAll(' ', "' or '")}'`);
  if (Object.hasOwn(absent, status)) return 'absent';
  if (status === 405) return 'other-pagination';
  if (status === 422 && isPageToken(request)) return 'restart';
  throw refusalOf(status, request);
}

function hasRecords({ status, json }: GitlabResponse): boolean {
  return status === 204 || (status === 200 && json !== undefined);
}

function isPageToken(request: string): boolean {
  return new URLSearchParams(queryOf(request)).has('page_token');
}

function refusalOf(status: number, request: string): LoaderError {
  return status === 403 || status === 404
    ? forbidden(status, request)
    : wrongAnswer(request, `status ${status}`, { status });
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
export function forbidden(status: number, request: string): LoaderError {
  const path = pathOf(request);
  return new LoaderError(
    'E_GITLAB_FORBIDDEN',
    `GitLab refused GET '${path}' with status ${String(status)}${slashHint(status, path)}.`,
    { details: { status, path } },
  );
}

/** A proxy that decodes `%2F` makes another path of a name with a slash. */
function slashHint(status: number, path: string): string {
  return status === 404 && /%2f/i.test(path)
    ? "; if it is there, a proxy in front of GitLab decodes '%2F' (nocanon, AllowEncodedSlashes NoDecode)"
    : '';
}
