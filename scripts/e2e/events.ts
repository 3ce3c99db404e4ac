import { setTimeout as sleep } from 'node:timers/promises';

import { SETTINGS } from '../../functions/engine/config/settings.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';

const DATASET = SETTINGS.dataset.fallback;
const STANDSTILL_MILLISECONDS = 120_000;

/** How the events whose keys begin alike stand. */
export interface EventCounts {
  readonly settled: number;
  readonly known: number;
  readonly dead: number;
  /** Deliveries that reached the consumer. */
  readonly deliveries: number;
}

/** Counts events by the beginning of their key. */
export async function countEvents(database: Database, prefix: string): Promise<EventCounts> {
  const { rows } = await database.query<EventCounts>(
    sql`select count(*) filter (where state in ('applied', 'noop'))::int as settled,
          count(*)::int as known,
          count(*) filter (where state = 'dead')::int as dead,
          coalesce(sum(deliveries), 0)::int as deliveries
        from ${qualified(`${DATASET}_state`, 'webhook_event')} where starts_with(event_key, $1::text)`,
    [prefix],
  );
  return rows[0] ?? { settled: 0, known: 0, dead: 0, deliveries: 0 };
}

/** The stored title of an issue. */
export async function storedTitle(database: Database, id: number): Promise<string | undefined> {
  const { rows } = await database.query<{ title: string }>(
    sql`select title from ${qualified(DATASET, 'api_entities_issue')} where id = $1::bigint`,
    [id],
  );
  return rows[0]?.title;
}

/** Resolves to the number of settled events once it is as many as are waited for, or stands still. */
export async function settle(database: Database, prefix: string, events: number): Promise<number> {
  let settled = 0;
  let movedAt = performance.now();
  while (settled < events && performance.now() - movedAt < STANDSTILL_MILLISECONDS) {
    await sleep(200);
    const counts = await countEvents(database, prefix);
    if (counts.settled !== settled) movedAt = performance.now();
    ({ settled } = counts);
  }
  return settled;
}
