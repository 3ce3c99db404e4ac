import type { Page } from '../../functions/engine/model/page.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import type { Schema, SchemaUpdate, TableSchema } from '../../functions/engine/model/schema.ts';
import { UNDECIDED } from '../../functions/engine/normalize/detour.ts';
import { type Normalizer, openNormalizer } from '../../functions/engine/normalize/normalizer.ts';

/** Which of the two readings of a body the normalizer takes. */
export type Way = 'usual' | 'exact';

/** What bodies become: the schema they end with, and each table's tuples. */
export interface Normalized {
  readonly schema: Schema;
  /** The tuples of each table as one text of hexadecimal digits. */
  readonly tuples: Readonly<Record<string, string>>;
}

/** Normalizes pages one after another, growing the schema as a database would. */
export function normalizeInMemory(
  resource: ResourceSpec,
  pages: readonly Page[],
  { way = 'usual', schema = new Map() }: { readonly way?: Way; readonly schema?: Schema } = {},
): Normalized {
  let current = schema;
  const options = { resource, nesting: 2, secretKey: undefined, requiredColumns: new Map() };
  const normalizer = openNormalizer(options, current);
  const tuples = new Map<string, string>();
  for (const page of pages) {
    const read = way === 'exact' ? unreadable(page) : page;
    for (;;) {
      const added = normalizer.add(read, '1.0');
      if (added.outcome === 'added') break;
      takeInto(tuples, normalizer);
      if (added.outcome === 'schema') {
        current = withUpdate(current, added.update);
        normalizer.rebuild(current);
      }
    }
  }
  takeInto(tuples, normalizer);
  return { schema: current, tuples: Object.fromEntries(tuples) };
}

function takeInto(tuples: Map<string, string>, normalizer: Normalizer): void {
  for (const job of normalizer.take().jobs) {
    const hex = Buffer.concat(job.tuples).toString('hex');
    tuples.set(job.table, (tuples.get(job.table) ?? '') + hex);
  }
}

/** A page whose records cannot be used as they were parsed, which makes the normalizer read exactly. */
function unreadable(page: Page): Page {
  return Object.defineProperty({ ...page }, 'records', {
    get: () => {
      throw UNDECIDED;
    },
  });
}

function withUpdate(schema: Schema, { tables }: SchemaUpdate): Schema {
  const next = new Map<string, TableSchema>(schema);
  for (const { name, parent, columns } of tables) {
    const known = next.get(name)?.columns ?? new Map();
    const added = columns.map((column) => [column.name, column] as const);
    next.set(name, {
      name,
      columns: new Map([...known, ...added]),
      ...(parent === undefined ? {} : { parent }),
    });
  }
  return next;
}
