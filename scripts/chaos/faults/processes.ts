import { setTimeout as sleep } from 'node:timers/promises';

import { qualified } from '../../../functions/engine/sql/identifier.ts';
import { sql } from '../../../functions/engine/sql/sql.ts';
import {
  expireLeases,
  type Fault,
  GOES_ON,
  MAY_FAIL,
  REAL_LEASE_MILLISECONDS,
  runInto,
  type Site,
  somewhere,
} from '../site.ts';
import { DATASET } from '../snapshotChecks.ts';

const DELIVERIES = ['arrives', 'is lost'] as const;
const LONGEST_FAREWELL_MILLISECONDS = 10_000;

/** SIGKILL, once to three times, each at a numbered message. */
export const killAtMessage: Fault = {
  catalogue: 'F01 F57',
  what: 'SIGKILL at message k, which still arrives or is lost',
  mayEnd: [...GOES_ON, null],
  play: async (site) => {
    for (let kills = site.random.integer(1, 3); kills > 0; kills -= 1) {
      const delivery = site.random.pick(DELIVERIES);
      const crossing = somewhere(site, { delivery, connection: 'breaks' });
      await runInto(site, crossing, ({ child }) => void child.kill('SIGKILL'));
      await expireLeases(site);
    }
  },
};

/** SIGKILL, once to three times, each at a moment. */
export const killAtTime: Fault = {
  catalogue: 'F01',
  what: 'SIGKILL at a random time',
  mayEnd: [...GOES_ON, null],
  play: async (site) => {
    for (let kills = site.random.integer(1, 3); kills > 0; kills -= 1) {
      const moment = site.random.integer(50, Math.floor(site.usual.milliseconds));
      const { child, ended } = site.start();
      const timer = setTimeout(() => {
        if (child.kill('SIGKILL')) site.struck(`${moment.toString()} ms`);
      }, moment);
      await ended;
      clearTimeout(timer);
      await expireLeases(site);
    }
  },
};

/** SIGTERM: the process ends soon and gives its leases back. */
export const terminateProcess: Fault = {
  catalogue: 'F06',
  what: 'SIGTERM at message k; ends within 10 s and keeps no lease',
  mayEnd: GOES_ON,
  play: async (site) => {
    const crossing = somewhere(site, { delivery: 'arrives', connection: 'stays' });
    let told = Infinity;
    await runInto(site, crossing, ({ child }) => {
      told = performance.now();
      child.kill('SIGTERM');
    });
    if (performance.now() - told > LONGEST_FAREWELL_MILLISECONDS)
      site.broken('SIGTERM was obeyed too late');
    if ((await heldPartitions(site)) > 0) site.broken('SIGTERM left a lease');
  },
};

async function heldPartitions({ admin }: Site): Promise<number> {
  const partition = qualified(`${DATASET}_state`, 'partition');
  const { rows } = await admin.query<{ found: boolean }>(
    sql`select to_regclass($1::text) is not null as found`,
    [partition],
  );
  if (rows[0]?.found !== true) return 0;
  const held = await admin.query(sql`select from ${partition} where owner is not null`);
  return held.rows.length;
}

/** A process that is frozen while a second one takes over, and wakes up. */
async function freeze(site: Site, leaseEnds: (site: Site) => Promise<void>): Promise<void> {
  const { random, start } = site;
  const delivery = random.pick(['arrives', 'is held'] as const);
  const kind = random.pick(['message', 'commit'] as const);
  const crossing = somewhere(site, { kind, delivery, connection: 'stays' });
  const wake = random.pick(['during', 'after'] as const);
  await runInto(site, crossing, async ({ child }) => {
    child.kill('SIGSTOP');
    try {
      await leaseEnds(site);
      const { ended } = start();
      const patience = wake === 'after' ? Infinity : random.integer(100, site.usual.milliseconds);
      await Promise.race([ended, ...(patience === Infinity ? [] : [sleep(patience)])]);
      site.struck(`woke ${wake} the takeover`);
    } finally {
      child.kill('SIGCONT');
    }
  });
}

/** Whose connections were ended while it was frozen may find no other way than to fail; the next run goes on. */
const ENDED_BACKENDS = MAY_FAIL;

/** The zombie, with leases that are ended by hand. */
export const zombie: Fault = {
  catalogue: 'F03',
  what: 'SIGSTOP at message or COMMIT k, its lease ends, a second process runs, SIGCONT',
  mayEnd: ENDED_BACKENDS,
  play: (site) => freeze(site, expireLeases),
};

/** The zombie, with leases that are waited for. */
export const slowZombie: Fault = {
  catalogue: 'F03',
  what: 'the same, with SIGSTOP for longer than the real lease',
  mayEnd: ENDED_BACKENDS,
  play: (site) => freeze(site, () => sleep(REAL_LEASE_MILLISECONDS)),
};

/** Several processes that begin at the same time. */
export const together: Fault = {
  catalogue: 'F04 F42',
  what: 'two to four processes are started at once',
  mayEnd: GOES_ON,
  play: async ({ random, start, struck }) => {
    const count = random.integer(2, 4);
    struck(`${count.toString()} processes`);
    await Promise.all(Array.from({ length: count }, () => start().ended));
  },
};

const BUDGET_SECONDS = 3;
const GRACE_SECONDS = 3;

/** Invocations with a budget that is too small for the load. */
export const smallBudget: Fault = {
  catalogue: 'F05',
  what: 'TIME_BUDGET_SECONDS=3 and a slow GitLab, again and again',
  mayEnd: GOES_ON,
  play: async ({ random, gitlab, start, struck, broken }) => {
    const delayMilliseconds = random.integer(150, 400);
    gitlab.faults.add({ match: { path: /\/api\// }, respond: { delayMilliseconds } });
    for (let invocation = 1; invocation <= 3; invocation += 1) {
      const result = await start({ TIME_BUDGET_SECONDS: BUDGET_SECONDS.toString() }).ended;
      struck(`ended with ${String(result.exitCode)}`);
      if (result.seconds > BUDGET_SECONDS + GRACE_SECONDS)
        broken(`an invocation outlived its budget: ${result.seconds.toFixed(1)} s`);
      if (result.exitCode === 0) return;
    }
  },
};
