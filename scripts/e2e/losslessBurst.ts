import { at, type Random } from '../../test/support/gitlab/random.ts';
import { truthDifferences } from '../../test/support/truthDifferences.ts';
import { change, SHELVES, TABLES } from './changes.ts';
import { countEvents, settle } from './events.ts';
import type { Verdict } from './figures.ts';
import type { Delivery, Sender } from './sender.ts';
import { DEAD_LETTERS, type Site } from './site.ts';
import { type HookEvent, signed, withToken } from './webhook.ts';

const PREFIX = 'burst-';
const CHUNK = 150;
const SIDE = 16;
const KILLS = 2;
const LEAST_INTERRUPTED = 2;
const PATIENCE_MILLISECONDS = 20_000;
const MOST_SENDS = 5;
/** GitLab gives up after some attempts; here none is given up before 'receive' has had this many. */
const ATTEMPTS = 20;

/** Sends every event 1 to 5 times, shuffled, kills the consumer twice meanwhile, and compares all rows with GitLab. */
export async function losslessBurst(
  site: Site,
  sender: Sender,
  { events, random }: { readonly events: number; readonly random: Random },
): Promise<Verdict> {
  const startedAt = performance.now();
  const order = shuffledSends(events, random);
  const told = new Map<number, HookEvent>();
  const kills = killPlan(order.length);
  let answeredBy = 0;
  let interrupted = 0;
  for (let from = 0; from < order.length; from += CHUNK) {
    const chunk = order
      .slice(from, from + CHUNK)
      .map((event) => hookOf(event, { site, told, random }));
    const sending = sendWhole(sender, chunk, { site, random });
    if (kills.delete(Math.floor(from / CHUNK))) interrupted += await killAtWork(site);
    answeredBy += await sending;
  }
  const settled = await settle(site.database, PREFIX, events);
  const truth = site.gitlab.truth('admin', { shelves: SHELVES });
  const expected = Object.fromEntries(TABLES.map((table) => [table, truth[table] ?? []]));
  const differences = await truthDifferences(site.database, expected);
  const { dead, deliveries } = await countEvents(site.database, PREFIX);
  const deadLetters = await site.pubsub.pull(DEAD_LETTERS);
  return {
    promise: `nothing is lost of ${events.toString()} events`,
    isKept: settled === events && dead + deadLetters + differences.length === 0,
    seen: {
      settled,
      sends: order.length,
      requests: answeredBy,
      deliveries,
      kills: KILLS,
      interrupted,
      dead: dead + deadLetters,
      differences: differences.slice(0, 10),
      seconds: Math.round((performance.now() - startedAt) / 1_000),
    },
  };
}

/** Numbers of events in the order in which they are sent. */
function shuffledSends(events: number, random: Random): readonly number[] {
  const order = Array.from({ length: events }, (_, event) =>
    Array.from({ length: random.integer(1, MOST_SENDS) }, () => event),
  ).flat();
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.integer(0, last);
    [order[last], order[other]] = [at(order, other), at(order, last)];
  }
  return order;
}

/** The chunks during which the consumer is killed: after each third. */
function killPlan(sends: number): Set<number> {
  const chunks = Math.ceil(sends / CHUNK);
  return new Set(
    Array.from({ length: KILLS }, (_, kill) => Math.floor((chunks * (kill + 1)) / (KILLS + 1))),
  );
}

/** Waits until the consumer has events in its hands and kills it; resolves to how many they were. */
async function killAtWork({ database, webhooks }: Site): Promise<number> {
  const until = performance.now() + PATIENCE_MILLISECONDS;
  let open = 0;
  while (open < LEAST_INTERRUPTED && performance.now() < until) {
    const { known, settled } = await countEvents(database, PREFIX);
    open = known - settled;
  }
  await webhooks.replace();
  return open;
}

interface Telling {
  readonly site: Site;
  readonly told: Map<number, HookEvent>;
  readonly random: Random;
}

/** Something changes in GitLab the moment before it is first told of. */
function hookOf(event: number, { site, told, random }: Telling): HookEvent {
  const key = `${PREFIX}${event.toString()}`;
  const known = told.get(event) ?? { key, facts: change(site.gitlab, random, key) };
  told.set(event, known);
  return known;
}

/** Sends what is not accepted again, as GitLab does; resolves to how many requests it took. */
async function sendWhole(
  sender: Sender,
  events: readonly HookEvent[],
  { site: { shared }, random }: Pick<Telling, 'site' | 'random'>,
): Promise<number> {
  let left = events;
  let requests = 0;
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > ATTEMPTS) throw new Error(`'receive' refused ${left.length.toString()} events.`);
    const deliveries = left.map((event): Delivery => {
      const isSigned = random.chance(0.5);
      return {
        ...(isSigned
          ? signed(event, shared.signingSecret, Date.now())
          : withToken(event, shared.token)),
        atMilliseconds: 0,
      };
    });
    const sent = await sender.send(deliveries, SIDE);
    requests += sent.length;
    left = left.filter((_, index) => sent[index]?.status !== 202);
  }
  return requests;
}
