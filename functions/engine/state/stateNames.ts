import { type Identifier, identifier } from '../sql/identifier.ts';
import { type Sql, sql } from '../sql/sql.ts';

/** Names of the state schema of a dataset, quoted. */
export interface StateNames {
  readonly schema: Identifier;
  readonly table: (name: string) => Sql;
}

/** The state of dataset `d` lives in schema `d_state`. */
export function stateNames(dataset: string): StateNames {
  const schema = identifier(`${dataset}_state`);
  return { schema, table: (name) => sql`${schema}.${identifier(name)}` };
}
