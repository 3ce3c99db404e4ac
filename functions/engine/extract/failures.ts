import { LoaderError } from '../model/errors.ts';
import type { ForeignCause } from './exchange.ts';
import { type GitlabResponse, pathOf } from './response.ts';

/** GitLab wants a longer pause than this invocation has; `retryAfterSeconds` says how long. */
export function busy(request: string, milliseconds: number): LoaderError {
  const retryAfterSeconds = Math.ceil(milliseconds / 1_000);
  const path = pathOf(request);
  return new LoaderError(
    'E_GITLAB_BUSY',
    `GitLab asked to wait ${String(retryAfterSeconds)} seconds before '${path}'.`,
    { details: { path, retryAfterSeconds } },
  );
}

/** No whole answer came back from `authority`. */
export function unreachable(authority: string, request: string, cause: ForeignCause): LoaderError {
  const path = pathOf(request);
  return new LoaderError(
    'E_GITLAB_UNREACHABLE',
    `GitLab at '${authority}' gave no answer to '${path}': ${cause.code}${hintOf(cause.code)}.`,
    { cause, details: { path, authority, code: cause.code } },
  );
}

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What a person can do about an error of the connection. */
function hintOf(code: string): string {
  if (UNKNOWN_AUTHORITY.has(code))
    return ', no known authority issued its certificate (GITLAB_CA_FILE names a private one)';
  return /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)
    ? ', it may want a client certificate (GITLAB_CLIENT_CERT_FILE, GITLAB_CLIENT_KEY_FILE)'
    : '';
}

/** An answer came, but not one of GitLab's API. */
export function wrongAnswer(
  request: string,
  what: string,
  details: Readonly<Record<string, string | number>> = {},
): LoaderError {
  const path = pathOf(request);
  return new LoaderError('E_GITLAB_ANSWER', `GitLab answered '${path}' with ${what}.`, {
    details: { path, ...details },
  });
}

/** The server went on failing. */
export function failedAnswer({ status, request }: GitlabResponse, attempts: number): LoaderError {
  return wrongAnswer(request, `status ${String(status)} ${String(attempts)} times`, { status });
}

/** The token is not valid, no longer valid, or may not do what is asked. */
export function refusedToken(status: number, request: string, reason: string): LoaderError {
  const path = pathOf(request);
  return new LoaderError(
    'E_GITLAB_AUTH',
    `GitLab refused the token: ${String(status)} for '${path}'${reason === '' ? '' : `, ${reason}`}.`,
    { details: { status, path } },
  );
}

/** The list repeats itself or has no end. */
export function noProgress(request: string, reason: string): LoaderError {
  const path = pathOf(request);
  return new LoaderError('E_NO_PROGRESS', `The list '${path}' ${reason}.`, { details: { path } });
}
