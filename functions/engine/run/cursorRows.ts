import { tombstones } from '../load/tombstones.ts';
import { type ResourceSpec, scopeParameter } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import { identifier, qualified } from '../sql/identifier.ts';
import { literal, type Sql, sql } from '../sql/sql.ts';
import type { CursorRows } from '../state/stateChecks.ts';

interface Loaded {
  readonly dataset: string;
  readonly resources: readonly ResourceSpec[];
  readonly live: Schema;
}

/** Where the rows are from which resources took their cursors, as far as those tables exist. */
export function cursorRows({ dataset, resources, live }: Loaded): readonly CursorRows[] {
  return resources.flatMap((spec) => {
    const { cursor } = spec;
    switch (cursor.kind) {
      case 'newest-first':
        return ownRows({ dataset, live }, spec, { field: cursor.field, type: 'number' });
      case 'changed-parents':
        return parentRows({ dataset, live }, spec, resources);
      case 'walking':
        if (cursor.begins === 'as-of') return [byClock(spec)];
        return ownRows({ dataset, live }, spec, { field: cursor.field, type: 'instant' });
      case 'newest-changed-first':
        return ownRows({ dataset, live }, spec, { field: cursor.field, type: 'instant' });
      case 'windowed':
      case 'changed-since':
        return [byClock(spec)];
      case 'full':
      case 'missing':
        return [];
    }
  });
}

/** Cursors that came from a clock are not ahead of the database's, but for what clocks may differ. */
function byClock({ id }: ResourceSpec): CursorRows {
  const highest = sql`clock_timestamp() + interval '1 hour'`;
  return { resource: id, where: 'partition', highest, type: 'instant' };
}

interface CursorField {
  readonly field: string;
  readonly type: CursorRows['type'];
}

type Tables = Pick<Loaded, 'dataset' | 'live'>;

function ownRows(
  { dataset, live }: Tables,
  spec: ResourceSpec,
  { field, type }: CursorField,
): readonly CursorRows[] {
  const scope = scopeParameter(spec);
  const columns = live.get(spec.table)?.columns;
  if (columns?.has(field) !== true || (scope !== undefined && !columns.has(scope))) return [];
  if (type === 'instant' && columns.get(field)?.type !== 'timestamp') return [];
  const own =
    scope === undefined ? sql`` : sql` where t.${identifier(scope)}::text = p.partition_key`;
  const deleted = highestDeleted(dataset, { field, type });
  const highest = sql`select greatest((select max(t.${identifier(field)}) from ${qualified(dataset, spec.table)} t${own}), (${deleted}))`;
  return [{ resource: spec.id, where: spec.table, highest, type }];
}

/** A cursor may have been taken from a row that was deleted since; only keys are known of those. */
function highestDeleted(dataset: string, { field, type }: CursorField): Sql {
  const highest =
    type === 'instant'
      ? sql`max('infinity'::timestamptz)`
      : sql`max((b.key ->> ${literal(field)})::numeric)`;
  return sql`select ${highest} from ${tombstones(dataset)} b
    where b.resource = p.resource and b.partition_key = p.partition_key`;
}

function parentRows(
  { dataset, live }: Tables,
  spec: ResourceSpec,
  resources: readonly ResourceSpec[],
): readonly CursorRows[] {
  const parent = parentOf(spec, resources);
  if (parent === undefined || !live.has(parent.table)) return [];
  const deleted = sql`select max(b.last_load_id) from ${tombstones(dataset)} b where b.table_name = ${literal(parent.table)}`;
  const highest = sql`select greatest((select max(t._dlt_load_id) from ${qualified(dataset, parent.table)} t), (${deleted}))`;
  return [{ resource: spec.id, where: parent.table, highest, type: 'number' }];
}

function parentOf(
  { bind }: ResourceSpec,
  resources: readonly ResourceSpec[],
): ResourceSpec | undefined {
  const binding = Object.values(bind).find(({ from }) => from === 'parent');
  return binding?.from === 'parent'
    ? resources.find(({ id }) => id === binding.resource)
    : undefined;
}
