import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { checkDataset } from '../../functions/engine/run/checkDataset.ts';
import { type Check, type CheckResult, runChecks } from '../../functions/engine/sql/checks.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import type { Session } from '../../functions/engine/sql/session.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { DATASET } from './run.ts';

/** One broken promise, how many rows break it, and some of them. */
export interface Violation {
  /** E.g. `I8 api_entities_job: one row per id`. */
  readonly invariant: string;
  readonly count: number;
  readonly keys: readonly string[];
}

/** What is checked besides a database. */
export interface Checked {
  readonly dataset?: string;
  /** Whose tables are checked; those of the project unless it is given. */
  readonly resources?: readonly ResourceSpec[];
}

/** Everything that `verify` would find, and leases that are left; call it while no run works. */
export function violations(
  database: Pick<Database, 'snapshot'>,
  checked: Checked = {},
): Promise<readonly Violation[]> {
  return database.snapshot(undefined, (session) => violationsIn(session, checked));
}

/** The same inside a transaction. */
export async function violationsIn(
  session: Session,
  checked: Checked = {},
): Promise<readonly Violation[]> {
  const { dataset = DATASET } = checked;
  const results = [...(await checksIn(session, checked))];
  results.push(...(await runChecks(session, [noLease(dataset)])));
  return results
    .filter(({ broken }) => broken > 0)
    .map(({ invariant, where, promise, broken, keys }) => ({
      invariant: `${invariant} ${where}: ${promise}`,
      count: broken,
      keys,
    }));
}

/** Every result of `verify`. */
export async function checksIn(
  session: Session,
  { dataset = DATASET, resources = allResources(catalog) }: Checked = {},
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const report = (result: CheckResult): void => {
    results.push(result);
  };
  await checkDataset(session, { dataset, resources, report });
  return results;
}

function noLease(dataset: string): Check {
  return {
    invariant: 'I13',
    where: 'partition',
    promise: 'no lease is left',
    rows: sql`select resource || '/' || partition_key as key from ${qualified(`${dataset}_state`, 'partition')}
      where owner is not null or lease_until is not null`,
  };
}
