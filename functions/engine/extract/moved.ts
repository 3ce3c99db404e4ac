import type { GitlabAddress } from './baseUrl.ts';
import type { GitlabResponse } from './response.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/**
 * Where a redirect leads, as path and query below the API; undefined when it is none, or leads to another origin or out of
 * the API (a sign-in page): such a redirect is never followed.
 */
export function movedTo(address: GitlabAddress, response: GitlabResponse): string | undefined {
  const target = targetOf(address, response);
  if (target === undefined) return undefined;
  const { origin, pathname, search } = target;
  const isBelow = origin === address.origin && pathname.startsWith(`${address.api}/`);
  return isBelow ? `${pathname.slice(address.api.length)}${search}` : undefined;
}

/** The origin that a redirect names, to be shown; undefined without one. */
export function redirectOrigin({ status, headers }: GitlabResponse): string | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  return URL.canParse(location) ? new URL(location).origin : undefined;
}

function targetOf(
  { origin, api }: GitlabAddress,
  { status, headers, request }: GitlabResponse,
): URL | undefined {
  const { location } = headers;
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const base = `${origin}${api}${request}`;
  return URL.canParse(location, base) ? new URL(location, base) : undefined;
}
