import type { FoundCursor } from '../model/takeover.ts';
import { qualified } from '../sql/identifier.ts';
import type { Database } from '../sql/pool.ts';
import { sql } from '../sql/sql.ts';
import type { DltSchema } from './dltSchema.ts';
import type { DltPipelineState } from './pipelineState.ts';
import { readPipelineStates, type StoredPipelineState } from './pipelineStates.ts';

/** The newest version of every schema in `_dlt_version`, which must exist, the one written last first. */
export async function readAllDltSchemas(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<readonly DltSchema[]> {
  const { rows } = await database.query<{ schema: string }>(
    sql`select schema from (
          select distinct on (schema_name) schema, inserted_at from ${qualified(dataset, '_dlt_version')}
          order by schema_name, version desc, inserted_at desc) newest
        order by inserted_at desc`,
  );
  return rows.map(({ schema }) => JSON.parse(schema) as DltSchema);
}

/** The schema in which dlt stages the rows of a dataset, where there is one. */
export async function findStagingSchema(
  database: Pick<Database, 'query'>,
  dataset: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ name: string }>(
    sql`select nspname as name from pg_namespace where nspname = $1::text`,
    [`${dataset}_staging`],
  );
  return rows[0]?.name;
}

/** The newest state of a pipeline that loads a schema. */
export async function newestState(
  database: Pick<Database, 'query'>,
  dataset: string,
  schemaName: string,
): Promise<StoredPipelineState | undefined> {
  const states = await readPipelineStates(database, dataset);
  const [newest] = states
    .filter(({ state }) => loadsSchema(state, schemaName))
    .toSorted((left, right) => right.createdAt.getTime() - left.createdAt.getTime());
  return newest;
}

/** What dlt's incremental resources of a schema have reached. */
export function cursorsOf(
  stored: StoredPipelineState | undefined,
  schemaName: string,
): readonly FoundCursor[] {
  const resources = field(field(field(stored?.state, 'sources'), schemaName), 'resources');
  return Object.entries(resources).flatMap(([resource, kept]) =>
    Object.entries(field(kept, 'incremental')).flatMap(([cursor, position]) => {
      const { last_value: last } = position as { readonly last_value?: unknown };
      return last === undefined || last === null
        ? []
        : [{ resource, cursor, lastValue: textOf(last) }];
    }),
  );
}

function loadsSchema(state: DltPipelineState, name: string): boolean {
  return state.default_schema_name === name || state.schema_names?.includes(name) === true;
}

function field(value: unknown, name: string): object {
  if (typeof value !== 'object' || value === null || !(name in value)) return {};
  const member = (value as Readonly<Record<string, unknown>>)[name];
  return typeof member === 'object' && member !== null ? member : {};
}

/** dlt marks the type of a text by a first character of Unicode's private area. */
function textOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/^[\uE000-\uF8FF]/u, '');
}
