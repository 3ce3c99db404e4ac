import type { GitlabOptions, SimulatedGitlab } from './server.ts';
import { startGitlab } from './server.ts';

/** An answer read to its end. */
export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One object of a list. */
export type Row = Readonly<Record<string, unknown>>;

/** Sends one GET below `/api/v4`, as the administrator unless told otherwise; follows nothing. */
export async function ask(
  server: SimulatedGitlab,
  path: string,
  token = server.adminToken,
): Promise<Answered> {
  const response = await fetch(`${server.url}/api/v4${path}`, {
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** The objects of one page; fails unless the answer is 200. */
export async function rows(
  server: SimulatedGitlab,
  path: string,
  token = server.adminToken,
): Promise<readonly Row[]> {
  const { status, text } = await ask(server, path, token);
  if (status !== 200) throw new Error(`GET ${path} was answered with ${String(status)}.`);
  return JSON.parse(text) as readonly Row[];
}

/** The objects of all pages by the next links; none where the token is forbidden to read. */
export async function everything(
  server: SimulatedGitlab,
  path: string,
  token = server.adminToken,
): Promise<readonly Row[]> {
  const found: Row[] = [];
  let next: string | undefined = path;
  while (next !== undefined) {
    const { status, headers, text } = await ask(server, next, token);
    if (status === 403) return [];
    found.push(...(JSON.parse(text) as readonly Row[]));
    next = nextOf(headers);
  }
  return found;
}

/** The path below `/api/v4` of the next page; undefined on the last one. */
export function nextOf(headers: Headers): string | undefined {
  const address = /<([^>]+)>; rel="next"/u.exec(headers.get('link') ?? '')?.[1];
  return address?.slice(address.indexOf('/api/v4') + '/api/v4'.length);
}

/** Runs with a small simulated GitLab of its own and closes it afterwards. */
export async function withGitlab(
  options: GitlabOptions,
  use: (server: SimulatedGitlab) => Promise<void>,
): Promise<void> {
  const server = await startGitlab({ projects: 3, jobs: 60, branches: 30, ...options });
  try {
    await use(server);
  } finally {
    await server.close();
  }
}
