import { setTimeout as sleep } from 'node:timers/promises';

import { isRetryable } from '../../functions/engine/sql/errors.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import type { CliResult, Environment, RunningCli } from '../../test/support/cli.ts';
import type { Random } from '../../test/support/gitlab/random.ts';
import type { SimulatedGitlab } from '../../test/support/gitlab/server.ts';
import type { Crossing, PostgresProxy, Traffic } from './postgresProxy.ts';
import type { ScratchServer } from './scratchServer.ts';
import { DATASET } from './snapshotChecks.ts';

/** Everything that a fault may touch in one trial. */
export interface Site {
  readonly random: Random;
  readonly gitlab: SimulatedGitlab;
  readonly server: ScratchServer;
  readonly proxy: PostgresProxy;
  /** The administrator's connections to the trial's database, past the proxy. */
  readonly admin: Database;
  /** The name of the trial's database. */
  readonly database: string;
  /** What a load without faults sends, and how long it takes. */
  readonly usual: Traffic & { readonly milliseconds: number };
  /** Starts a process of the loader. */
  readonly start: (environment?: Environment) => RunningCli;
  /** Notes where the fault struck. */
  readonly struck: (point: string) => void;
  /** Notes what the fault itself found broken. */
  readonly broken: (text: string) => void;
  /** Work for when the trial's database is gone, in the order in which it was handed over. */
  readonly afterwards: (work: () => Promise<void> | void) => void;
}

/** One kind of fault. */
export interface Fault {
  /** Numbers of the fault catalogue. */
  readonly catalogue: string;
  readonly what: string;
  /** Exit codes with which the processes that it strikes may end; null when a signal does. */
  readonly mayEnd: readonly (number | null)[];
  /** What the fault itself damages, until the loader has mended it. */
  readonly excuses?: RegExp;
  /** Starts processes and strikes at them; returns when all of them have ended. */
  readonly play: (site: Site) => Promise<void>;
}

/** Ends that are no failure: everything done, or more remains for a later run. */
export const GOES_ON = [0, 75] as const;

/** Ends after which only a later run goes on. */
export const MAY_FAIL = [0, 1, 75] as const;

/** A message somewhere in the load; commits are fewer. */
export function somewhere(
  { random, usual }: Site,
  rest: Pick<Crossing, 'delivery' | 'connection'> & { readonly kind?: Crossing['kind'] },
): Crossing {
  const kind = rest.kind ?? 'message';
  const most = kind === 'commit' ? usual.commits : usual.messages;
  return { ...rest, kind, number: random.integer(1, Math.max(1, Math.floor(most * 0.95))) };
}

/** How a crossing is told. */
export function pointOf({ kind, number, delivery }: Crossing): string {
  return `${kind} ${number.toString()} ${delivery}`;
}

/** Runs one process that meets `strike` at a crossing, to its end. */
export async function runInto(
  { proxy, struck, start }: Site,
  crossing: Crossing,
  strike: (running: RunningCli) => Promise<void> | void,
): Promise<CliResult> {
  const running = start();
  let striking: Promise<void> | undefined;
  proxy.arm(crossing, () => {
    struck(pointOf(crossing));
    striking = Promise.resolve(strike(running));
    return striking;
  });
  const result = await running.ended;
  proxy.disarm();
  await striking;
  return result;
}

const SETTLE_MILLISECONDS = 20;

/** Longer than the lease of every process of a trial. */
export const REAL_LEASE_MILLISECONDS = 5_500;

/** Lets the leases of processes that are dead or frozen end now, as if their seconds had passed. */
export async function expireLeases({ admin }: Pick<Site, 'admin'>): Promise<void> {
  const partition = qualified(`${DATASET}_state`, 'partition');
  await sleep(SETTLE_MILLISECONDS);
  const { rows } = await admin.query<{ found: boolean }>(
    sql`select to_regclass($1::text) is not null as found`,
    [partition],
  );
  if (rows[0]?.found !== true) return;
  try {
    await admin.query(
      sql`update ${partition} set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null`,
    );
  } catch (error) {
    // A claim whose last message is held has its rows: then the leases end as they would by themselves.
    if (!isRetryable(error)) throw error;
    await sleep(REAL_LEASE_MILLISECONDS);
  }
}
