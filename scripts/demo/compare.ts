import { identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { joined, sql } from '../../functions/engine/sql/sql.ts';
import type { Truth, TruthRow } from '../../test/support/gitlab/truthRows.ts';

/** A table beside what GitLab has. */
export interface TableComparison {
  readonly rows: number;
  readonly expected: number;
  /** Rows of GitLab whose key is not in the table. */
  readonly missing: number;
}

/** Compares the tables of a dataset with the truth, by number of rows and by key. */
export async function compareTables(
  databaseUrl: string,
  dataset: string,
  truth: Truth,
): Promise<Readonly<Record<string, TableComparison>>> {
  const database = openPool({
    url: databaseUrl,
    applicationName: 'gitlab-alloydb/compare',
    max: 1,
  });
  try {
    const tables: Record<string, TableComparison> = {};
    for (const name of Object.keys(truth).toSorted()) {
      const expected = truth[name] ?? [];
      const found = await readKeys(database, qualified(dataset, name), expected);
      const missing = expected.filter(({ key }) => !found.has(keyText(key))).length;
      tables[name] = { rows: found.size, expected: expected.length, missing };
    }
    return tables;
  } finally {
    await database.close();
  }
}

/** Distinct rows by key: a key that stood twice would count as two. */
async function readKeys(
  database: Database,
  table: ReturnType<typeof qualified>,
  expected: readonly TruthRow[],
): Promise<ReadonlySet<string>> {
  const exists = await database.query<{ found: boolean }>(
    sql`select to_regclass($1::text) is not null as found`,
    [table],
  );
  if (exists.rows[0]?.found !== true) return new Set();
  const columns = [...new Set(expected.flatMap(({ key }) => Object.keys(key)))].toSorted();
  const texts = columns.map((column) => sql`${identifier(column)}::text`);
  const list = texts.length === 0 ? sql`null` : joined(texts);
  const { rows } = await database.query<Record<string, string | null>>(
    sql`select ${list}, row_number() over (partition by ${list} order by _dlt_id) as copy from ${table}`,
  );
  return new Set(
    rows.map((row) => {
      const key = columns.flatMap((column) =>
        row[column] == null ? [] : [[column, row[column]] as const],
      );
      const copy = String(row['copy']);
      return copy === '1'
        ? keyText(Object.fromEntries(key))
        : `${keyText(Object.fromEntries(key))} again ${copy}`;
    }),
  );
}

function keyText(key: Readonly<Record<string, string | number>>): string {
  return JSON.stringify(
    Object.entries(key)
      .map(([name, value]) => [name, String(value)])
      .toSorted(),
  );
}
