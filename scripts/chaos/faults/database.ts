import { setTimeout as sleep } from 'node:timers/promises';

import { identifier, qualified } from '../../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../../functions/engine/sql/sql.ts';
import { type Fault, GOES_ON, MAY_FAIL, runInto, type Site, somewhere } from '../site.ts';
import { DATASET, FOREIGN } from '../snapshotChecks.ts';

const STAYS = { delivery: 'arrives', connection: 'stays' } as const;
const WAITS = { delivery: 'is held', connection: 'stays' } as const;

/** A crash of the database server. */
export const restartedServer: Fault = {
  catalogue: 'F14',
  what: 'PostgreSQL crashes and starts again at message k (pg_ctl restart -m immediate)',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const crossing = somewhere(site, site.random.pick([STAYS, WAITS]));
    await runInto(site, crossing, () => site.server.restartImmediately());
  },
};

/** A server that refuses to write for a while, as during a switchover. */
export const readOnlySpell: Fault = {
  catalogue: 'F16',
  what: 'default_transaction_read_only from message k on, for a while',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const pause = site.random.integer(50, 1_200);
    await runInto(site, somewhere(site, STAYS), async () => {
      await readOnly(site, sql`on`);
      await sleep(pause);
      await readOnly(site, sql`off`);
    });
  },
};

async function readOnly({ server }: Site, value: Sql): Promise<void> {
  await server.admin.query(sql`alter system set default_transaction_read_only = ${value}`);
  await server.admin.query(sql`select pg_reload_conf()`);
}

/** Somebody who locks a table for longer than statements like to wait. */
async function lock(site: Site, table: string | undefined, mode: Sql): Promise<void> {
  if (table === undefined) return;
  const [schema = '', name = ''] = table.split('.');
  const pause = site.random.chance(0.1) ? 5_500 : site.random.integer(50, 1_500);
  await site.admin.transaction(undefined, async (session) => {
    await session.simple(sql`set local idle_in_transaction_session_timeout = 0`);
    await session.simple(sql`lock table ${qualified(schema, name)} in ${mode} mode`);
    site.struck(`${name} for ${pause.toString()} ms`);
    await sleep(pause);
  });
}

/** Tables of the dataset that exist by now, in the order of their names. */
async function someTable({ admin, random }: Site, pattern: string): Promise<string | undefined> {
  const { rows } = await admin.query<{ name: string }>(
    sql`select schemaname || '.' || tablename as name from pg_tables
        where schemaname || '.' || tablename ~ $1::text order by 1`,
    [pattern],
  );
  return rows.length === 0 ? undefined : random.pick(rows).name;
}

/** A lock on a table of the dataset. */
export const lockedTable: Fault = {
  catalogue: 'F18 F19',
  what: 'somebody locks a table of the dataset at message k, for up to 5.5 s',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const mode = site.random.pick([sql`access exclusive`, sql`share row exclusive`]);
    await runInto(site, somewhere(site, STAYS), async () => {
      await lock(site, await someTable(site, `^${DATASET}[.]`), mode);
    });
  },
};

/** A lock on the partition table. */
export const lockedPartitions: Fault = {
  catalogue: 'F18',
  what: 'somebody locks the partition table at message k, for up to 5.5 s',
  mayEnd: MAY_FAIL,
  play: async (site) => {
    const mode = site.random.pick([sql`access exclusive`, sql`exclusive`]);
    await runInto(site, somewhere(site, STAYS), async () => {
      await lock(site, await someTable(site, `^${DATASET}_state[.]partition$`), mode);
    });
  },
};

/** Whoever changes a table gives up when it stays locked, as people should. */
async function alter({ admin, struck }: Site, name: string, change: Sql): Promise<void> {
  const outcome = await admin.query(change).then(
    () => name,
    () => `${name} in vain`,
  );
  struck(outcome);
}

/** Changes of the tables that must not disturb. */
export const foreignDdl: Fault = {
  catalogue: 'F43',
  what: 'somebody adds columns, views and indexes or rewrites a table at message k',
  mayEnd: GOES_ON,
  play: async (site) => {
    await runInto(site, somewhere(site, site.random.pick([STAYS, WAITS])), async () => {
      const table = await someTable(site, `^${DATASET}[.]api_entities_job$`);
      if (table === undefined) return;
      const job = qualified(DATASET, 'api_entities_job');
      const note = identifier(`${FOREIGN}note`);
      const view = qualified(DATASET, `${FOREIGN}view`);
      const change = site.random.pick([
        sql`alter table ${job} add column ${note} text default 'mine'`,
        sql`create view ${view} as select * from ${job}`,
        sql`create index on ${job} (status)`,
        sql`vacuum full ${job}`,
        sql`analyze ${job}`,
      ]);
      await alter(site, change.split(' ').slice(0, 2).join(' '), change);
    });
  },
};

/** A column that is dropped while rows are loaded into it. */
export const droppedColumn: Fault = {
  catalogue: 'F43',
  what: 'somebody drops a column of a target table at message k',
  mayEnd: MAY_FAIL,
  excuses: /I14 .*: stored as \w+, but not in the database/,
  play: async (site) => {
    const column = identifier(site.random.pick(['ref', 'stage', 'name']));
    await runInto(site, somewhere(site, site.random.pick([STAYS, WAITS])), async () => {
      if ((await someTable(site, `^${DATASET}[.]api_entities_job$`)) === undefined) return;
      await alter(
        site,
        `drops ${column}`,
        sql`alter table ${qualified(DATASET, 'api_entities_job')} drop column if exists ${column}`,
      );
    });
  },
};
