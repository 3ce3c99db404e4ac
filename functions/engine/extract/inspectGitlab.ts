import { isJsonObject } from '../model/json.ts';
import type { GitlabClient } from './client.ts';
import type { Identity } from './identity.ts';
import type { GitlabResponse } from './response.ts';

/** What GitLab allows a token in a minute, where it says so. */
export interface RateLimitSeen {
  readonly name: string | undefined;
  readonly limitPerMinute: number;
  readonly remaining: number | undefined;
}

/** Rows of a list: GitLab counts up to 10,000. */
export interface Visible {
  readonly count: number;
  readonly atLeast: boolean;
}

/** What a few requests tell of an instance. */
export interface Inspection {
  readonly projects: Visible | undefined;
  readonly groups: Visible | undefined;
  readonly rateLimit: RateLimitSeen | undefined;
  /** GitLab's clock ahead of this machine's. */
  readonly clockDifferenceSeconds: number | undefined;
  /** `refused`: the token of an administrator may not do what administrators may. */
  readonly adminMode: 'admitted' | 'refused' | undefined;
  /** The plan of the licence; only administrators see it. */
  readonly plan: string | undefined;
  /** False when something on the way makes a slash of `%2F`. */
  readonly keepsEncodedSlash: boolean | undefined;
}

/** Asks five times at most; nothing of it is needed for a run, so nothing of it fails. */
export async function inspectGitlab(
  client: GitlabClient,
  { isAdmin, enterprise }: Pick<Identity, 'isAdmin' | 'enterprise'>,
  { now, signal }: { readonly now: () => number; readonly signal: AbortSignal },
): Promise<Inspection> {
  const ask = (path: string): Promise<GitlabResponse | undefined> =>
    client.get(path, { signal }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
  const member = isAdmin ? '' : '&membership=true';
  const askedAt = now();
  const projects = await ask(`/projects?per_page=1&page=1${member}`);
  const answeredAt = now();
  const [groups, appearance, license, encoded] = await Promise.all([
    ask(`/groups?per_page=1&page=1&all_available=${String(isAdmin)}`),
    isAdmin ? ask('/application/appearance') : undefined,
    isAdmin && enterprise === true ? ask('/license') : undefined,
    askByPath(projects, ask),
  ]);
  return {
    projects: visible(projects),
    groups: visible(groups),
    rateLimit: rateLimitOf(projects),
    clockDifferenceSeconds: difference(projects?.date, { askedAt, answeredAt }),
    adminMode: admitted(appearance?.status),
    plan: planOf(license),
    keepsEncodedSlash: encoded === undefined ? undefined : encoded.status !== 404,
  };
}

/** Asks for a project that is there by its path: only a slash that was decoded on the way makes that a 404. */
function askByPath(
  projects: GitlabResponse | undefined,
  ask: (path: string) => Promise<GitlabResponse | undefined>,
): Promise<GitlabResponse | undefined> {
  const first: unknown = Array.isArray(projects?.json) ? projects.json[0] : undefined;
  const path = isJsonObject(first) ? first['path_with_namespace'] : undefined;
  if (typeof path !== 'string') return Promise.resolve(undefined);
  return ask(`/projects/${encodeURIComponent(path)}`);
}

function admitted(status: number | undefined): Inspection['adminMode'] {
  if (status === 200) return 'admitted';
  return status === 403 ? 'refused' : undefined;
}

/** The rows of a list by its headers; GitLab leaves the total out beyond 10,000. */
export function visible(response: GitlabResponse | undefined): Visible | undefined {
  if (response?.status !== 200) return undefined;
  const total = response.headers['x-total'];
  if (total !== undefined && /^\d+$/.test(total)) return { count: Number(total), atLeast: false };
  const sent = Array.isArray(response.json) ? response.json.length : 0;
  const goesOn = (response.headers['x-next-page'] ?? '') !== '';
  return goesOn ? { count: MOST_COUNTED, atLeast: true } : { count: sent, atLeast: false };
}

const MOST_COUNTED = 10_000;

/** What the headers of an answer say of the limit; undefined where it has none. */
export function rateLimitOf(response: GitlabResponse | undefined): RateLimitSeen | undefined {
  const headers = response?.headers ?? {};
  const limit = Number(headers['ratelimit-limit'] ?? NaN);
  if (!Number.isInteger(limit) || limit <= 0) return undefined;
  const remaining = Number(headers['ratelimit-remaining'] ?? NaN);
  return {
    name: headers['ratelimit-name'],
    limitPerMinute: limit,
    remaining: Number.isInteger(remaining) ? remaining : undefined,
  };
}

/** A date header has whole seconds, so its instant is somewhere in the second after it. */
function difference(
  date: Date | undefined,
  { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number },
): number | undefined {
  if (date === undefined) return undefined;
  const middle = (askedAt + answeredAt) / 2;
  return Math.round((date.getTime() + 500 - middle) / 1000);
}

function planOf(license: GitlabResponse | undefined): string | undefined {
  const plan = isJsonObject(license?.json) ? license.json['plan'] : undefined;
  return license?.status === 200 && typeof plan === 'string' ? plan : undefined;
}
