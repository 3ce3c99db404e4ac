import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { at } from '../random.ts';
import { date, DAY, utc } from '../time.ts';
import { remember } from '../world/model.ts';
import { basicUser } from '../world/users.ts';
import { somebody } from './parts.ts';
import { type Making, type Shelf } from './shelf.ts';
import { ownerId } from './stacks.ts';

/** Members of projects and groups: those named there, and all with those from above. */
export const members: readonly Shelf[] = (['project', 'group'] as const).flatMap((scope) => [
  shelfOf(scope, { suffix: '_all', segment: '/all', size: 2 }),
  shelfOf(scope, { suffix: '', segment: '', size: 1.5 }),
]);

interface Kind {
  readonly suffix: string;
  readonly segment: string;
  readonly size: number;
}

function shelfOf(scope: 'project' | 'group', { suffix, segment, size }: Kind): Shelf {
  return {
    name: `${scope}_members${suffix}`,
    path: `${scope}s/:id/members${segment}`,
    single: 'id',
    table: `api_entities_member${suffix}`,
    key: [`${scope}_id`, 'id'],
    ids: 'own',
    scope,
    role: ROLE.guest,
    size,
    series: 0,
    sort: 'asc',
    make: memberObject,
  };
}

/** Neighbours in the list of accounts, so that nobody is a member twice. */
function memberObject({ world, place, entry, random }: Making): JsonObject {
  const people = remember(world, 'people', () => [...world.users.values()]);
  const user = at(people, (ownerId(place) + entry.ordinal) % people.length);
  return {
    ...basicUser(world, user),
    access_level: random.pick([10, 20, 30, 40, 50]),
    created_at: utc(entry.createdAt),
    created_by: random.chance(0.7) ? somebody(world, random) : null,
    expires_at: random.chance(0.2) ? date(entry.createdAt + 400 * DAY) : null,
    membership_state: 'active',
  };
}
