import { setTimeout as sleep } from 'node:timers/promises';

import { identifier } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import { LOADER_ROLE } from '../scratchServer.ts';
import { type Fault, MAY_FAIL, pointOf, runInto, type Site, somewhere } from '../site.ts';

const LOADER_ROLE_NAME = identifier(LOADER_ROLE);

/** Cuts that follow one another, each counted from the one before. */
async function cut(site: Site, kind: 'message' | 'commit'): Promise<void> {
  const { proxy, random, struck, start } = site;
  let left = random.integer(1, 3);
  const armNext = (): void => {
    if (left === 0) return;
    left -= 1;
    const delivery = random.pick(['arrives', 'is lost'] as const);
    const crossing = somewhere(site, { kind, delivery, connection: 'breaks' });
    proxy.arm(crossing, () => {
      struck(pointOf(crossing));
      armNext();
    });
  };
  const running = start();
  armNext();
  await running.ended;
  proxy.disarm();
}

/** A COMMIT whose answer is lost, or that never arrives. */
export const cutAtCommit: Fault = {
  catalogue: 'F02',
  what: 'the connection is cut at the k-th COMMIT, which was sent or was not',
  mayEnd: MAY_FAIL,
  play: (site) => cut(site, 'commit'),
};

/** Any message whose answer is lost, or that never arrives. */
export const cutAtMessage: Fault = {
  catalogue: 'F02 F14',
  what: 'the connection is cut at message k, which was sent or was not',
  mayEnd: MAY_FAIL,
  play: (site) => cut(site, 'message'),
};

const STALL_MILLISECONDS = [200, 2_500] as const;

/** A message that is on its way for a long time. */
export const stalled: Fault = {
  catalogue: 'F21',
  what: 'message or COMMIT k is on its way for up to 2.5 s',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const kind = site.random.pick(['message', 'commit'] as const);
    const crossing = somewhere(site, { kind, delivery: 'is held', connection: 'stays' });
    const pause = site.random.integer(...STALL_MILLISECONDS);
    await runInto(site, crossing, () => sleep(pause));
  },
};

/** Backends that an administrator ends. */
export const endedBackends: Fault = {
  catalogue: 'F14',
  what: 'pg_terminate_backend on backends of the loader, at random',
  mayEnd: MAY_FAIL,
  play: async ({ random, start, admin, struck }) => {
    const { child, ended } = start();
    for (let strikes = random.integer(1, 6); strikes > 0 && child.exitCode === null;) {
      await sleep(random.integer(10, 150));
      const { rows } = await admin.query(
        sql`select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and application_name like 'gitlab-alloydb/%'
            order by md5(pid::text || $1::text) limit 1`,
        [random.hex(4)],
      );
      if (rows.length === 0) continue;
      strikes -= 1;
      struck('a backend');
    }
    await ended;
  },
};

/** A server without a free connection. */
export const fullConnections: Fault = {
  catalogue: 'F20',
  what: 'at message k all backends are ended and no connection is free for a while',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const { admin, random } = site;
    const crossing = somewhere(site, { delivery: 'arrives', connection: 'stays' });
    const pause = random.integer(100, 1_500);
    await runInto(site, crossing, async () => {
      await admin.query(sql`alter role ${LOADER_ROLE_NAME} connection limit 0`);
      await admin.query(
        sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1::text`,
        [LOADER_ROLE],
      );
      await sleep(pause);
      await admin.query(sql`alter role ${LOADER_ROLE_NAME} connection limit -1`);
    });
  },
};
