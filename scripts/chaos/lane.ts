import type { Entrance } from '../../test/support/cli.ts';
import { runCli } from '../../test/support/cli.ts';
import { type PostgresProxy, startPostgresProxy, type Traffic } from './postgresProxy.ts';
import type { ScratchServer } from './scratchServer.ts';
import { randomOfTrial, RESOURCES, startChurn, startTrialGitlab } from './world.ts';

/** Where a trial begins: with an empty database, or with one that was loaded before the world changed. */
export type Beginning = 'empty' | 'loaded';

/** What an undisturbed load sends and how long it takes. */
export type Usual = Traffic & { readonly milliseconds: number };

/** A server for one trial at a time and the build of the loader that is tried on it. */
export interface Lane {
  readonly server: ScratchServer;
  readonly entrance: Entrance;
  /** The database that `loaded` trials copy. */
  readonly template: string;
  readonly usual: Readonly<Record<Beginning, Usual>>;
}

/** The command line of every process of a trial. */
export const COMMAND: readonly string[] = [
  'run',
  '--all',
  ...RESOURCES.flatMap((resource) => ['--resource', resource]),
];

/** Settings with which every scan that can tell looks for deleted rows. */
export const SWEEPING = { FULL_PASS_HOURS: '0' } as const;

/** Settings with which no scan leaves its cursor aside, once it has one. */
export const BY_CURSOR = { FULL_PASS_HOURS: '24' } as const;

/** The settings that every process of a trial has. */
export function settingsOf(
  gitlab: { readonly url: string; readonly adminToken: string },
  databaseUrl: string,
): Readonly<Record<string, string>> {
  return {
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN: gitlab.adminToken,
    DATABASE_URL: databaseUrl,
    LEASE_SECONDS: '5',
    CONCURRENCY: '3',
    LOG_FORMAT: 'json',
  };
}

/** Loads the world once for `loaded` trials, and measures both kinds of load. */
export async function openLane(
  server: ScratchServer,
  { entrance, name }: { readonly entrance: Entrance; readonly name: string },
): Promise<Lane> {
  const template = `template_${name}`;
  await server.createDatabase(template);
  const empty = await measure(server, { entrance, database: template, world: 'still' });
  const database = `measured_${name}`;
  await server.createDatabase(database, template);
  const loaded = await measure(server, { entrance, database, world: 'changes' });
  await server.dropDatabase(database);
  return { server, entrance, template, usual: { empty, loaded } };
}

interface Measured {
  readonly entrance: Entrance;
  readonly database: string;
  readonly world: 'still' | 'changes';
}

async function measure(
  server: ScratchServer,
  { entrance, database, world }: Measured,
): Promise<Usual> {
  const gitlab = await startTrialGitlab();
  if (world === 'changes') startChurn(gitlab, randomOfTrial(0, 0, 'measured'));
  await using proxy: PostgresProxy = await startPostgresProxy(server.loaderUrl(database));
  const settings = settingsOf(gitlab, proxy.url);
  const { exitCode, seconds, stderr } = await runCli(entrance, COMMAND, settings);
  await gitlab.close();
  if (exitCode !== 0) throw new Error(`The loader fails without any fault: ${stderr}`);
  const { messages, commits } = proxy.takeTraffic();
  return {
    messages: rounded(messages, 100),
    commits: rounded(commits, 10),
    milliseconds: rounded(seconds * 1_000, 500),
  };
}

/** Loads differ by a few messages; rounded, the same seed strikes at the same points. */
function rounded(count: number, step: number): number {
  return Math.max(step, Math.round(count / step) * step);
}
