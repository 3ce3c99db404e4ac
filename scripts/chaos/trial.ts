import { openPool } from '../../functions/engine/sql/pool.ts';
import { type CliResult, startCli } from '../../test/support/cli.ts';
import type { SimulatedGitlab } from '../../test/support/gitlab/server.ts';
import { type FaultName, FAULTS } from './faults.ts';
import { finish, judgeEnds } from './judge.ts';
import { type Beginning, COMMAND, type Lane, settingsOf, SWEEPING } from './lane.ts';
import { type PostgresProxy, startPostgresProxy } from './postgresProxy.ts';
import { startReader } from './reader.ts';
import { expireLeases, type Fault, type Site } from './site.ts';
import { randomOfTrial, startChurn, startTrialGitlab } from './world.ts';

/** What a trial is drawn from: equal orders strike at equal points. */
export interface TrialOrder {
  readonly seed: number;
  readonly number: number;
  readonly fault: FaultName;
}

/** What a trial came to. */
export interface TrialReport extends TrialOrder {
  readonly beginning: Beginning;
  /** Where the fault struck. */
  readonly points: readonly string[];
  /** What the tables show to be broken. */
  readonly lost: readonly string[];
  /** What broke besides; both are empty when every promise held. */
  readonly odd: readonly string[];
  /** Snapshots that the reader checked while processes worked. */
  readonly snapshots: number;
  readonly seconds: number;
}

const LONGEST_PROCESS_MILLISECONDS = 90_000;

/** Plays one fault on a database of its own and looks whether every promise was kept. */
export async function runTrial(lane: Lane, order: TrialOrder): Promise<TrialReport> {
  const startedAt = performance.now();
  const { seed, number } = order;
  const random = randomOfTrial(seed, number, 'fault');
  const beginning = random.pick(['empty', 'loaded'] as const);
  const database = `trial_${number.toString()}`;
  const { server } = lane;
  await server.createDatabase(database, beginning === 'loaded' ? lane.template : undefined);
  const afterwards: (() => Promise<void> | void)[] = [];
  const admin = openPool({
    url: patient(server.adminUrl(database)),
    applicationName: 'chaos',
    max: 3,
  });
  const gitlab = await startTrialGitlab();
  try {
    await using proxy = await startPostgresProxy(server.loaderUrl(database));
    const notes: Notes = { points: [], lost: [], odd: [], ended: [] };
    const always = randomOfTrial(seed, number, 'sweeps').chance(0.3) ? SWEEPING : {};
    const tools = {
      ...{ random, gitlab, server, proxy, admin, database },
      notes,
      afterwards,
      always,
    };
    const site = siteOf(lane, { ...tools, beginning });
    const snapshots = await play(site, FAULTS[order.fault], { ...tools, order });
    const seconds = (performance.now() - startedAt) / 1_000;
    const { points, lost, odd } = notes;
    return { ...order, beginning, points, lost, odd, snapshots, seconds };
  } finally {
    await gitlab.close();
    await admin.close();
    try {
      await server.dropDatabase(database);
    } finally {
      for (const work of afterwards) await work();
    }
  }
}

/** A message may be held while its backend has locks: who strikes then must not wait for them for ever. */
function patient(url: string): string {
  return `${url}?options=${encodeURIComponent('-c lock_timeout=2s')}`;
}

interface Notes {
  readonly points: string[];
  readonly lost: string[];
  readonly odd: string[];
  readonly ended: CliResult[];
}

interface Tools extends Pick<Site, 'random' | 'server' | 'admin' | 'database'> {
  readonly gitlab: SimulatedGitlab;
  readonly proxy: PostgresProxy;
  readonly notes: Notes;
  /** Settings of every process of the trial. */
  readonly always: Readonly<Record<string, string>>;
  readonly afterwards: (() => Promise<void> | void)[];
}

function siteOf(lane: Lane, tools: Tools & { readonly beginning: Beginning }): Site {
  const { notes, gitlab, proxy, always } = tools;
  return {
    ...tools,
    usual: lane.usual[tools.beginning],
    struck: (point) => void notes.points.push(point),
    broken: (text) => void notes.odd.push(text),
    afterwards: (work) => void tools.afterwards.push(work),
    start: (environment = {}) => {
      const settings = { ...settingsOf(gitlab, proxy.url), ...always, ...environment };
      const running = startCli(lane.entrance, COMMAND, settings);
      const timer = setTimeout(() => {
        running.child.kill('SIGKILL');
        notes.odd.push('a process did not end by itself');
      }, LONGEST_PROCESS_MILLISECONDS);
      const ended = running.ended.then((result) => {
        clearTimeout(timer);
        notes.ended.push(result);
        return result;
      });
      return { ...running, ended };
    },
  };
}

/** The fault while the world changes, then loads until nothing is left to do; the reader watches all of it. */
async function play(
  site: Site,
  fault: Fault,
  { gitlab, notes, order, server }: Tools & { readonly order: TrialOrder },
): Promise<number> {
  const churn = startChurn(gitlab, randomOfTrial(order.seed, order.number, 'world'));
  const watched = { world: gitlab.world, late: churn.late };
  const reader = startReader(server.adminUrl(site.database), watched);
  try {
    await fault.play(site);
    notes.odd.push(...judgeEnds(notes.ended, fault));
  } catch (error) {
    notes.odd.push(`the fault could not be played: ${String(error)}`);
  }
  gitlab.faults.clear();
  churn.stop();
  try {
    await expireLeases(site);
    const { lost, odd } = await finish(site, watched, () => {
      churn.showLate();
    });
    notes.lost.push(...lost);
    notes.odd.push(...odd);
  } finally {
    const seen = await reader.stop();
    notes.lost.push(...seen.filter((text) => fault.excuses?.test(text) !== true));
  }
  if (reader.snapshots() === 0) notes.odd.push('the reader has checked nothing');
  return reader.snapshots();
}
