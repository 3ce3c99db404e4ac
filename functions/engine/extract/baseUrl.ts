import { LoaderError } from '../model/errors.ts';
import { isForbiddenHost, isLoopbackHost } from './addresses.ts';

/** Where an instance answers: every request of the loader goes below `api` or to `graphql`. */
export interface GitlabAddress {
  readonly origin: string;
  /** `host:port`, the port always said. */
  readonly authority: string;
  /** Path of the REST API without a trailing slash, e.g. `/gitlab/api/v4`. */
  readonly api: string;
  readonly graphql: string;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const DOT_SEGMENT = /(?:^|[\\/])(?:\.|%2e){1,2}(?:[\\/]|$)/i;
const API_SUFFIX = '/api/v4';
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/**
 * Reads GITLAB_BASE_URL; the value itself never gets into an error, for it may hold a password. HTTP carries the token in
 * plain text, so it is for this machine alone unless `allowHttp` says otherwise.
 */
export function parseBaseUrl(
  baseUrl: string,
  { allowHttp = false }: { readonly allowHttp?: boolean | undefined } = {},
): GitlabAddress {
  const text = baseUrl.trim();
  const url = parseUrl(SCHEME.test(text) ? text : `https://${text}`);
  const problem = problemOf(url, text) ?? plainTextProblem(url, allowHttp);
  if (problem !== undefined) throw refused(problem);

  const root = rootOf(url.pathname);
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : url.port;
  return {
    origin: url.origin,
    authority: `${url.hostname}:${port ?? ''}`,
    api: `${root}${API_SUFFIX}`,
    graphql: `${root}/api/graphql`,
  };
}

function problemOf(url: URL, text: string): string | undefined {
  if (DEFAULT_PORTS[url.protocol] === undefined) return 'has a scheme other than https and http';
  if (url.username !== '' || url.password !== '') return 'has a user name or a password';
  if (text.includes('?')) return 'has a query';
  if (text.includes('#')) return 'has a fragment';
  if (DOT_SEGMENT.test(text)) return "has a '.' or '..' in its path";
  if (isForbiddenHost(url.hostname)) return 'names a link-local or metadata address';
  return undefined;
}

function plainTextProblem(url: URL, allowHttp: boolean): string | undefined {
  if (url.protocol === 'https:' || allowHttp || isLoopbackHost(url.hostname)) return undefined;
  return `begins with http://, which shows the token to everybody on the way; expected https://, or GITLAB_ALLOW_HTTP=true`;
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused('is not a URL');
  }
}

function rootOf(pathname: string): string {
  const path = withoutTrailingSlashes(pathname);
  if (!path.toLowerCase().endsWith(API_SUFFIX)) return path;
  return withoutTrailingSlashes(path.slice(0, -API_SUFFIX.length));
}

function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

function refused(reason: string): LoaderError {
  return new LoaderError('E_CONFIG', `GITLAB_BASE_URL ${reason}.`);
}

/** The URL of `pathAndQuery` below the API; undefined when it would leave it, e.g. by a `..` in a name. */
export function urlBelow(address: GitlabAddress, pathAndQuery: string): URL | undefined {
  const url = new URL(`${address.origin}${address.api}${pathAndQuery}`);
  const [path = ''] = pathAndQuery.split('?', 1);
  const isBelow =
    path.startsWith('/') &&
    url.origin === address.origin &&
    url.pathname === `${address.api}${path}`;
  return isBelow ? url : undefined;
}
