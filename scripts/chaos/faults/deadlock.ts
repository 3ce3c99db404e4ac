import { setTimeout as sleep } from 'node:timers/promises';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { type Fault, MAY_FAIL, runInto, type Site, somewhere } from '../site.ts';
import { DATASET } from '../snapshotChecks.ts';

/** Until the loader's message waits for the lock. */
const HEAD_START_MILLISECONDS = 50;

/** Somebody who takes the loader's locks in the opposite order; whichever of the two the server chooses, loses. */
export const deadlock: Fault = {
  catalogue: 'F19',
  what: 'at COMMIT k somebody has locked _dlt_loads and wants the partitions next',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    let others = Promise.resolve();
    const crossing = somewhere(site, { kind: 'commit', delivery: 'is held', connection: 'stays' });
    await runInto(site, crossing, async () => {
      await new Promise<void>((resolve) => {
        others = cross(site, resolve).catch((error: unknown) => {
          site.struck(String(error).includes('deadlock') ? 'the other lost' : 'the other gave up');
          resolve();
        });
      });
    });
    await others;
  },
};

async function cross({ admin }: Pick<Site, 'admin'>, locked: () => void): Promise<void> {
  await admin.transaction(undefined, async (session) => {
    await session.simple(sql`lock table ${qualified(DATASET, '_dlt_loads')} in exclusive mode`);
    locked();
    await sleep(HEAD_START_MILLISECONDS);
    await session.query(
      sql`select from ${qualified(`${DATASET}_state`, 'partition')} order by partition_key for update`,
    );
  });
}
