import type { ResourceSpec } from '../model/resource.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import type { StateNames } from './stateNames.ts';

/** Adds when GitLab last saw activity in the project or group of a partition. */
export function activityColumn({ table }: StateNames): Sql {
  return sql`
alter table ${table('partition')} add column active_at timestamptz;
comment on column ${table('partition')}.active_at is
  'when its project or group was last active; null where that is not known, so that it counts as active'`;
}

/** GitLab notes the activity of a project at most once an hour; the rest is for clocks that differ. */
const ACTIVITY_MARGIN = sql`interval '70 minutes'`;

/** Finished in the future: the database's clock was set back since; nothing would be due until it is as late again. */
const IS_IMPOSSIBLE = sql`complete_as_of > clock_timestamp() + interval '1 minute'`;

/**
 * A partition `own` that was not read since `$2`, as far as its resource is read with every run, or whose parent rows
 * were read again after it. Where activity decides, a quiet one is due only when `quietHours` have passed, or when an event
 * has told of it since.
 */
export function isDue(resource: ResourceSpec, names: StateNames, quietHours: number): Sql {
  return sql`status in ('active', 'inaccessible')
    and (complete_as_of is null or ${IS_IMPOSSIBLE} or complete_as_of < $2::timestamptz and ${isWorthIt(resource, quietHours)}
         or ${isBehind(resource, names)})
    and ($3::text is null or partition_key = $3::text)
    and partition_key <> all ($5::text[])`;
}

function isWorthIt({ dueBy }: ResourceSpec, quietHours: number): Sql {
  if (dueBy === 'schedule' || quietHours === 0) return sql`true`;
  const hours = quietHours.toString() as Sql;
  const isLongAgo = sql`complete_as_of < $2::timestamptz - make_interval(hours => ${hours})`;
  const isActive = sql`active_at is null or active_at > complete_as_of - ${ACTIVITY_MARGIN}`;
  const isWanted = sql`wanted_at > complete_as_of`;
  return sql`(scan_token is not null or ${isWanted} or ${isLongAgo}${dueBy === 'activity' ? sql` or ${isActive}` : sql``})`;
}

function isBehind({ bind }: ResourceSpec, { table }: StateNames): Sql {
  const parents = Object.values(bind).flatMap((binding) =>
    binding.from === 'parent' ? [literal(binding.resource)] : [],
  );
  if (parents.length === 0) return sql`false`;
  return sql`exists (select from ${table('partition')} parent where parent.resource in (${joined(parents)})
    and parent.partition_key in (own.partition_key, '') and parent.complete_as_of > own.complete_as_of)`;
}
