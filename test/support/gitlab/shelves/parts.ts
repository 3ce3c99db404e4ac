import type { Json, JsonObject } from '../json.ts';
import type { Random } from '../random.ts';
import { date, DAY, utc } from '../time.ts';
import { remember, type User, type World } from '../world/model.ts';
import type { Entry } from '../world/stock.ts';
import { basicUser } from '../world/users.ts';
import { pathOf, webUrl } from './objects.ts';
import type { Making, Place } from './shelf.ts';

const WORDS = [
  'login form',
  'cache headers',
  'naïve sorting',
  'e-mail 📧 templates',
  'retry loop',
  '"quoted" names',
  'Größe\tand tabs',
  '日本語の表示',
] as const;
const LABELS = ['bug', 'feature', 'priority::1', 'team::web', 'größe', 'needs review'] as const;

/** A title that tells rows apart. */
export function title(random: Random, verb: string, { ordinal }: Entry): string {
  return `${verb} ${random.pick(WORDS)} (${String(ordinal + 1)})`;
}

/** One of the instance's people. */
export function person(world: World, random: Random): User {
  return random.pick(remember(world, 'people', () => [...world.users.values()]));
}

/** One of the instance's people as other objects show them. */
export function somebody(world: World, random: Random): JsonObject {
  return basicUser(world, person(world, random));
}

/** The names of labels. */
export function labelNames(random: Random): readonly string[] {
  return LABELS.filter(() => random.chance(0.25));
}

/** Time spent and estimated, of issues, merge requests and the like. */
export function timeStats(random: Random): JsonObject {
  const hours = random.chance(0.3) ? random.integer(1, 8) : 0;
  return {
    time_estimate: hours * 3600,
    total_time_spent: 0,
    human_time_estimate: hours === 0 ? null : `${String(hours)}h`,
    human_total_time_spent: null,
  };
}

/** How an object is written in a text: `#1`, `group/project#1`. */
export function references(world: World, place: Place, text: string): JsonObject {
  return { short: text, relative: text, full: `${pathOf(world, place)}${text}` };
}

/** A milestone of the project as other objects show it. */
export function milestone({ world, place, random }: Making): Json {
  if (place.project === undefined || random.chance(0.5)) return null;
  const number = random.integer(1, 3);
  const start = place.project.createdAt + number * 30 * DAY;
  return {
    id: place.project.id * 10 + number,
    iid: number,
    project_id: place.project.id,
    title: `v${String(number)}.0`,
    description: null,
    state: number === 1 ? 'closed' : 'active',
    created_at: utc(start),
    updated_at: utc(start),
    due_date: date(start + 28 * DAY),
    start_date: date(start),
    expired: number < 3,
    web_url: `${webUrl(world, place)}/-/milestones/${String(number)}`,
  };
}

/** A row's own instants. */
export function instants({ createdAt, updatedAt }: Entry): JsonObject {
  return { created_at: utc(createdAt), updated_at: utc(updatedAt) };
}

/** Tasks in a description. */
export function taskCompletion(random: Random): JsonObject {
  const count = random.chance(0.2) ? random.integer(1, 5) : 0;
  return { count, completed_count: count === 0 ? 0 : random.integer(0, count) };
}
