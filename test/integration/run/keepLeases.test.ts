import { expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { runId } from '../../../functions/engine/model/ids.ts';
import { keepLeases } from '../../../functions/engine/run/keepLeases.ts';
import { openPool } from '../../../functions/engine/sql/pool.ts';
import { createDatabase } from '../../support/postgres.ts';

test('leases that cannot be renewed are told once, and not with every heartbeat', async () => {
  await using place = await createDatabase();
  const pool = openPool({ url: place.url, applicationName: 'test', max: 1 });
  let renewals = 0;
  const database = {
    ...pool,
    query: ((...given) => {
      renewals += 1;
      return pool.query(...given);
    }) as typeof pool.query,
  };
  const told: RunEvent[] = [];
  const stop = keepLeases({
    claims: {
      database,
      dataset: 'never_made',
      runId: runId('00000000-0000-4000-8000-000000000001'),
      leaseSeconds: 0.1,
    },
    noticed: new Set(),
    report: (event) => void told.push(event),
  });
  try {
    await expect.poll(() => renewals, { timeout: 20_000 }).toBeGreaterThan(4);
  } finally {
    stop();
    await pool.close();
  }

  expect(told).toMatchObject([{ event: 'problem', code: 'NOTICE' }]);
  expect(told[0]).toHaveProperty(
    'message',
    expect.stringMatching(/^Leases could not be renewed: /),
  );
});
