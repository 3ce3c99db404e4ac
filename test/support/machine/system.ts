import { expect } from 'vitest';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type CountingProxy, startCountingProxy } from '../countingProxy.ts';
import { type FaultAction } from '../gitlab/faults.ts';
import { existing, type Project } from '../gitlab/world/model.ts';
import { checksIn } from '../invariants.ts';
import { type Bench, DATASET, openBench, type Order } from '../run.ts';
import { brokenLaws, type Failing, type Happening } from './laws.ts';
import { endOpenings, type Partitions, readPartitions } from './partitions.ts';

/** What every run is asked for. */
export const REQUEST = { resources: ['jobs'], until: 'once' } as const;

/** The loader, its database and its GitLab, and what was seen of them last. */
export interface System extends AsyncDisposable {
  readonly bench: Bench;
  readonly proxy: CountingProxy;
  readonly projects: readonly Project[];
  /** Ids of jobs that GitLab has deleted: their rows may stay. */
  readonly deleted: Set<number>;
  /** The place of the project that the scope leaves out. */
  excluded: number | undefined;
  partitions: Partitions;
}

/** The loader after its first load. */
export async function openSystem(): Promise<System> {
  const bench = await openBench({ projects: 3, jobs: 260, branches: 3, users: 3 });
  const proxy = await startCountingProxy(bench.databaseUrl);
  await bench.load({ request: REQUEST });
  return {
    bench,
    proxy,
    projects: [...bench.gitlab.world.projects.values()],
    deleted: new Set(),
    excluded: undefined,
    partitions: await readPartitions(bench.database),
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await bench.close();
    },
  };
}

/** The order of a run within the scope of the moment. */
export function orderOf({ excluded, projects }: System, changes: Order = {}): Order {
  const left = excluded === undefined ? undefined : projects[excluded];
  const scope = left === undefined ? '' : `!**/${left.path}`;
  const environment = { GITLAB_SCOPE: scope, ...changes.environment };
  return { ...changes, environment, request: { ...REQUEST, ...changes.request } };
}

/** A project by its place; places beyond the last begin anew. */
export function projectAt({ bench, projects }: System, place: number): Project {
  const project = projects[place % projects.length];
  if (project === undefined) throw new RangeError('there are no projects');
  return existing(bench.gitlab.world.projects, project.id);
}

/** The requests for the jobs of a project. */
export function jobsPath(system: System, place: number): RegExp {
  return new RegExp(`/projects/${projectAt(system, place).id.toString()}/jobs`);
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Records without a key, more than the quarantine takes of one page. */
const TOO_MANY = 11;

/** What GitLab answers when it fails in this way. */
export function answerOf(how: Failing): FaultAction {
  if (how === 'refused') return { status: 403, headers: JSON_TYPE, body: '{"message":"403"}' };
  if (how === 'broken') return { status: 400, headers: JSON_TYPE, body: '{}' };
  const records = Array.from({ length: TOO_MANY }, (_, place) => ({ name: place.toString() }));
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(records) };
}

/** Compares what was seen with what is there now: the table of transitions, the numbers, and what `verify` checks. */
export async function expectLawful(system: System, happening: Happening): Promise<void> {
  const { bench, partitions, excluded } = system;
  const now = await readPartitions(bench.database);
  const left = excluded === undefined ? {} : { excluded: String(projectAt(system, excluded).id) };
  expect(brokenLaws(partitions, now, { ...left, ...happening })).toEqual([]);
  const results = await bench.database.snapshot(undefined, (session) => checksIn(session));
  expect(results.filter(({ broken }) => broken > 0)).toEqual([]);
  system.partitions = now;
}

/**
 * Lets a column of the jobs be lost, as by hand, which takes a while. Sooner than two seconds after the beginning of an equal
 * run the next one may leave everything to the holder of the leases, without a look at the tables, as SPEC.md says of equal
 * orders at the same moment; then a later run would find the loss.
 */
export async function loseColumn({ bench }: System): Promise<void> {
  const table = qualified(DATASET, 'api_entities_job');
  await bench.database.query(sql`alter table ${table} drop column if exists ref`);
  await endOpenings(bench.database);
}
