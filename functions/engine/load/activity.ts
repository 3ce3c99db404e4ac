import { type ResourceSpec, type Scope, scopeOf, scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import { joined, literal, type Sql, sql } from '../sql/sql.ts';
import type { TargetSource } from './targets.ts';

/** What GitLab moves when somebody works in a project; the first is updated at most once an hour. */
const ACTIVITY = ['last_activity_at', 'updated_at'] as const;

/**
 * Rows `key` and `at`: when the projects of a resource's partitions were last active, its groups by the projects anywhere
 * below them. Undefined where the stored projects do not say.
 */
export function activityOf(source: TargetSource, resource: ResourceSpec): Sql | undefined {
  const scope = scopeOf(resource);
  const projects = discovererOf(source, 'project');
  if (scope === 'instance' || projects === undefined) return undefined;
  const times = ACTIVITY.filter((name) => isTimestamp(source.schema, projects, name));
  if (times.length === 0) return undefined;
  const at = sql`greatest(${joined(
    times.map((name) => sql`${identifier(name)}`),
    sql`, `,
  )})`;
  const table = qualified(source.dataset, projects.table);
  if (scope === 'group') return ofGroups(source, sql`${at}`, { projects, table });
  const own = sql`select id::text as key, ${at} as at from ${table}`;
  return joined([own, ...unfinished(source, resource)], sql` union all `);
}

/** A project counts for every group on its path. */
function ofGroups(
  source: TargetSource,
  at: Sql,
  { projects, table }: { readonly projects: ResourceSpec; readonly table: Identifier },
): Sql | undefined {
  const groups = discovererOf(source, 'group');
  const path = 'namespace__full_path';
  if (groups?.discovers === undefined || !has(source.schema, projects, path)) return undefined;
  if (!has(source.schema, groups, groups.discovers.pathField)) return undefined;
  const above = sql`select array_to_string(parts[1:depth], '/') as path, at
    from (select string_to_array(${identifier(path)}, '/') as parts, ${at} as at from ${table}) p,
      generate_series(1, cardinality(parts)) depth`;
  return sql`select g.id::text as key, coalesce(max(above.at), '-infinity') as at
    from ${qualified(source.dataset, groups.table)} g
    left join (${above}) above on above.path = g.${identifier(groups.discovers.pathField)} group by g.id`;
}

/** Partitions with rows that are about to change, whatever the project's activity says. */
function unfinished({ dataset, schema }: TargetSource, resource: ResourceSpec): readonly Sql[] {
  const { dueWhile = {}, table } = resource;
  const scope = scopeParameter(resource);
  const conditions = Object.entries(dueWhile);
  if (scope === undefined || conditions.length === 0) return [];
  if (![scope, ...Object.keys(dueWhile)].every((name) => has(schema, resource, name))) return [];
  const fulfilled = conditions.map(
    ([name, values]) => sql`${identifier(name)} in (${joined(values.map(literal), sql`, `)})`,
  );
  return [
    sql`select distinct ${identifier(scope)}::text, now() from ${qualified(dataset, table)}
        where ${joined(fulfilled, sql` and `)}`,
  ];
}

function discovererOf({ resources }: TargetSource, scope: Scope): ResourceSpec | undefined {
  return [...resources.values()].find(
    ({ discovers, on }) => on === 'schedule' && discovers?.scope === scope,
  );
}

function has(schema: Schema, { table }: ResourceSpec, name: string): boolean {
  return schema.get(table)?.columns.has(name) === true;
}

function isTimestamp(schema: Schema, { table }: ResourceSpec, name: string): boolean {
  return schema.get(table)?.columns.get(name)?.type === 'timestamp';
}
