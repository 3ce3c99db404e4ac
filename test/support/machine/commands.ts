import { EventEmitter, once } from 'node:events';

import fc from 'fast-check';
import { expect } from 'vitest';

import { resumePartitions } from '../../../functions/engine/state/halted.ts';
import { type Crossing } from '../countingProxy.ts';
import { deleteJob, finishJob, insertJob } from '../gitlab/world/mutations.ts';
import { DATASET } from '../run.ts';
import type { Failing, Happening } from './laws.ts';
import {
  endPauses,
  expireLeases,
  expireWaits,
  readPartitions,
  stalePackages,
} from './partitions.ts';
import {
  answerOf,
  expectLawful,
  jobsPath,
  loseColumn,
  orderOf,
  projectAt,
  type System,
} from './system.ts';

/** The model is what was seen last; it stands in the system, because only the database decides who wins a race. */
export type Seen = object;
type Command = fc.AsyncCommand<Seen, System>;

/** Something that happens to the system, and what that allows. */
function command(name: string, happen: (system: System) => Promise<Happening>): Command {
  return {
    check: () => true,
    run: async (_seen, system) => {
      await expectLawful(system, await happen(system));
    },
    toString: () => name,
  };
}

/** A clock that leaps by six seconds makes a package of every page. */
function leaping(): () => number {
  let leaps = 0;
  return () => Date.now() + (leaps += 1) * 6_000;
}

const clocks = fc.constantFrom('even', 'leaping');
const places = fc.nat(2);
type Clock = 'even' | 'leaping';

function clockOf(clock: Clock): { readonly now?: () => number } {
  return clock === 'even' ? {} : { now: leaping() };
}

function load(who: 'person' | 'schedule', clock: Clock): Command {
  return command(`load(${who}, ${clock})`, async (system) => {
    const trigger = who === 'person' ? 'manual' : 'schedule';
    await system.bench.load(orderOf(system, { ...clockOf(clock), request: { trigger } }));
    return { runs: who };
  });
}

/** Nothing that the run sends after the crossing arrives, and nothing that the server answers. */
function crash(crossing: Crossing, lease: 'over' | 'held', clock: Clock): Command {
  const name = `crash(after ${crossing.after.toString()}, chunk ${crossing.chunk}, lease ${lease}, ${clock})`;
  return command(name, async (system) => {
    const { bench, proxy } = system;
    proxy.arm(crossing, () => {
      // What arrives must not be lost on the way.
      setTimeout(() => {
        proxy.sever();
      }, 1);
    });
    const order = orderOf(system, { ...clockOf(clock), databaseUrl: proxy.url });
    await bench.load(order).catch(() => undefined);
    proxy.disarm();
    await proxy.idle();
    if (lease === 'over') await expireLeases(bench.database);
    return { runs: 'person', isCut: true };
  });
}

function doubleFire(): Command {
  return command('doubleFire', async (system) => {
    const order = orderOf(system, { request: { trigger: 'schedule', asOf: new Date() } });
    await Promise.all([system.bench.load(order), system.bench.load(order)]);
    return { runs: 'schedule' };
  });
}

/** A run stands still in a page until its leases are over and another run has done its work; then there is more to read. */
function staleOwner(place: number, clock: Clock): Command {
  return command(`staleOwner(${place.toString()}, ${clock})`, async (system) => {
    const { bench } = system;
    const rule = { match: { path: jobsPath(system, place) }, times: 1 };
    const moments = new EventEmitter();
    const reached = once(moments, 'reached');
    const run = (): void => void moments.emit('reached');
    bench.gitlab.faults.add({ ...rule, respond: { run } });
    bench.gitlab.faults.add({ ...rule, respond: { waitFor: once(moments, 'released') } });
    // Alone in its packages: no other partition of them can be what stops it.
    const request = { partition: projectAt(system, place).id.toString() };
    const order = orderOf(system, { ...clockOf(clock), request });
    // A partition that the scope leaves out is refused.
    const stale = bench.load(order).catch(() => undefined);
    await Promise.race([reached, stale]);
    // Where the run had nothing to claim, the next one is not held back in its place.
    bench.gitlab.faults.clear();
    await expireLeases(bench.database);
    await bench.load(orderOf(system));
    const taken = await readPartitions(bench.database);
    insertJob(bench.gitlab.world, projectAt(system, place).id);
    moments.emit('released');
    const problems = (await stale)?.report.problems ?? [];
    // Fenced off by its claim; the key of the history would refuse it too, but as an error.
    expect(problems.map(({ code }) => code)).not.toContain('E_DATABASE');
    expect(await stalePackages(bench.database, taken)).toEqual([]);
    return { runs: 'person', isCut: true, expires: true };
  });
}

function fail(place: number, how: Failing, times: number): Command {
  return command(`fail(${place.toString()}, ${how}, ${times.toString()} times)`, async (system) => {
    const { bench } = system;
    const key = projectAt(system, place).id.toString();
    bench.gitlab.faults.add({ match: { path: jobsPath(system, place) }, respond: answerOf(how) });
    for (let time = 1; time < times; time += 1) {
      await bench.load(orderOf(system));
      await expectLawful(system, { runs: 'person', failing: { key, how } });
    }
    await bench.load(orderOf(system));
    bench.gitlab.faults.clear();
    return { runs: 'person', failing: { key, how } };
  });
}

/** GitLab names the wait, which binds a person too. */
function askToWait(place: number): Command {
  return command(`askToWait(${place.toString()})`, async (system) => {
    const { bench } = system;
    const respond = { status: 429, headers: { 'retry-after': '600' }, body: 'Retry later' };
    bench.gitlab.faults.add({ match: { path: jobsPath(system, place) }, respond });
    await bench.load(orderOf(system));
    bench.gitlab.faults.clear();
    await endPauses(bench.database);
    const key = projectAt(system, place).id.toString();
    return { runs: 'person', failing: { key, how: 'busy' } };
  });
}

function interrupt(place: number, after: number): Command {
  return command(`interrupt(${place.toString()}, page ${after.toString()})`, async (system) => {
    const stopper = new AbortController();
    const { faults } = system.bench.gitlab;
    const run = (): void => {
      stopper.abort(new Error('stopped by a signal'));
    };
    faults.add({ match: { path: jobsPath(system, place) }, after, times: 1, respond: { run } });
    await system.bench.load(orderOf(system, { ...clockOf('leaping'), signal: stopper.signal }));
    faults.clear();
    return { runs: 'person', isCut: true };
  });
}

function change(place: number, what: 'insert' | 'finish' | 'delete'): Command {
  return command(`change(${place.toString()}, ${what})`, (system) => {
    const { world } = system.bench.gitlab;
    const { id, jobs } = projectAt(system, place);
    const [oldest] = jobs;
    const running = jobs.findLast(({ status }) => status === 'running');
    if (what === 'insert') insertJob(world, id, 'running');
    else if (what === 'finish' && running !== undefined) finishJob(world, running.id);
    else if (what === 'delete' && oldest !== undefined) {
      system.deleted.add(oldest.id);
      deleteJob(world, oldest.id);
    }
    return Promise.resolve({ runs: 'nobody' });
  });
}

/** Time passes until every lease and every wait is over. */
function wait(): Command {
  return command('wait', async ({ bench }) => {
    await expireLeases(bench.database);
    await expireWaits(bench.database);
    return { runs: 'nobody' };
  });
}

function narrow(place: number | undefined): Command {
  return command(`leaveOut(${(place ?? 'none').toString()})`, (system) => {
    system.excluded = place;
    return Promise.resolve({ runs: 'nobody' });
  });
}

function resume(): Command {
  return command('resume', async ({ bench }) => {
    await resumePartitions(bench.database, DATASET, {});
    return { runs: 'nobody', resumes: true };
  });
}

function forget(): Command {
  return command('forget', async (system) => {
    await loseColumn(system);
    await system.bench.load(orderOf(system));
    return { runs: 'person', forgets: true };
  });
}

const crossings: fc.Arbitrary<Crossing> = fc.record({
  after: fc.nat(160),
  chunk: fc.constantFrom('arrives', 'is lost'),
});

/** Sequences of everything that can happen to a partition. */
export function histories(size: number): fc.Arbitrary<Iterable<Command>> {
  const whats = fc.constantFrom('insert', 'finish', 'delete');
  const failings = fc.constantFrom('refused', 'broken');
  const commands = fc.commands(
    [
      fc.tuple(fc.constantFrom('person', 'schedule'), clocks).map((order) => load(...order)),
      fc
        .tuple(crossings, fc.constantFrom('over', 'held'), clocks)
        .map((moment) => crash(...moment)),
      fc.constant(doubleFire()),
      fc.tuple(places, clocks).map((moment) => staleOwner(...moment)),
      fc.tuple(places, failings, fc.integer({ min: 1, max: 2 })).map((how) => fail(...how)),
      fc
        .tuple(places, fc.integer({ min: 4, max: 6 }))
        .map(([place, times]) => fail(place, 'keyless', times)),
      places.map(askToWait),
      fc.tuple(places, fc.nat(2)).map((moment) => interrupt(...moment)),
      fc.tuple(places, whats).map((edit) => change(...edit)),
      fc.tuple(places, whats).map((edit) => change(...edit)),
      fc.option(places, { nil: undefined }).map(narrow),
      fc.constant(resume()),
      fc.constant(wait()),
      fc.constant(wait()),
      fc.constant(forget()),
    ],
    { size: 'max', maxCommands: size },
  );
  // Else the first histories would be the shortest.
  return fc.noBias(commands);
}
