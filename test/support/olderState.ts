import type { Database } from '../../functions/engine/sql/pool.ts';
import { literal, sql } from '../../functions/engine/sql/sql.ts';
import { MIGRATIONS } from '../../functions/engine/state/migrations.ts';
import { stateNames } from '../../functions/engine/state/stateNames.ts';
import { DATASET } from './run.ts';

/** Makes the state as a release of so many steps has left it. */
export function makeOlderState(database: Database, steps: number): Promise<void> {
  const names = stateNames(DATASET);
  return database.transaction(undefined, async (session) => {
    await session.simple(sql`create schema ${names.schema};
      create table ${names.table('meta')} (key text primary key, value jsonb not null);
      insert into ${names.table('meta')} values ('state_version', to_jsonb(${literal(String(steps))}::int))`);
    for (const step of MIGRATIONS.slice(0, steps)) await session.simple(step(names));
  });
}
