import { setTimeout as sleep } from 'node:timers/promises';

import { isPassing } from '../../functions/engine/run/resilient.ts';
import { runChecks } from '../../functions/engine/sql/checks.ts';
import { qualified } from '../../functions/engine/sql/identifier.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import type { World } from '../../test/support/gitlab/world/model.ts';
import { brokenOf, checksIn, violationsIn } from '../../test/support/invariants.ts';
import { readTypes } from '../../test/support/stored.ts';
import { shelfRows } from './shelfRows.ts';
import { DATASET, snapshotChecks } from './snapshotChecks.ts';

/** Looks at the dataset all the time while others work on it. */
export interface Reader {
  /** Ends the polling; returns what was seen broken. */
  stop(): Promise<readonly string[]>;
  /** Snapshots in which everything was checked. */
  snapshots(): number;
}

const PAUSE_MILLISECONDS = 30;

/** What the reader compares the dataset with. */
export interface Watched {
  readonly world: World;
  readonly late: ReadonlySet<number>;
}

/** Polls until it is stopped; all checks of a poll see one snapshot. */
export function startReader(url: string, watched: Watched): Reader {
  const database = openPool({ url, applicationName: 'chaos-reader', max: 1 });
  const stopper = new AbortController();
  const found = new Set<string>();
  const seen: Seen = { marks: new Map(), rows: new Set() };
  let snapshots = 0;
  const polling = (async () => {
    while (!stopper.signal.aborted) {
      const begun = performance.now();
      const broken = await poll(database, watched, seen).catch(excused);
      const pause = Math.max(PAUSE_MILLISECONDS, performance.now() - begun);
      if (broken !== undefined) snapshots += 1;
      for (const text of broken ?? []) found.add(text);
      await sleep(pause, undefined, { signal: stopper.signal }).catch(() => undefined);
    }
  })();
  return {
    snapshots: () => snapshots,
    stop: async () => {
      stopper.abort();
      await polling;
      await database.close();
      return [...found];
    },
  };
}

/** A server that restarts or a table that somebody locks: the next poll sees more. */
function excused(error: unknown): readonly string[] | undefined {
  return isPassing(error) ? undefined : [`while it ran: the checks failed: ${String(error)}`];
}

/** What earlier polls have shown. */
interface Seen {
  readonly marks: Map<string, number>;
  readonly rows: Set<string>;
}

async function poll(
  database: Database,
  watched: Watched,
  { marks, rows }: Seen,
): Promise<readonly string[] | undefined> {
  if (!(await exist(database, NEEDED))) return undefined;
  const broken = await brokenInvariants(database, watched, 'at work');
  return [
    ...broken.map((text) => `while it ran: ${text}`),
    ...(await fallenMarks(database, marks)),
    ...(await vanishedRows(database, watched.world, rows)),
  ];
}

const NEEDED = [
  qualified(DATASET, '_dlt_pipeline_state'),
  qualified(`${DATASET}_state`, 'taken_over'),
];
const ISSUE = qualified(DATASET, 'api_entities_issue');
const LABEL = qualified(DATASET, 'api_entities_label');
const PROJECT = qualified(DATASET, 'api_entities_project');

async function exist(
  database: Pick<Database, 'query'>,
  tables: readonly string[],
): Promise<boolean> {
  const { rows } = await database.query<{ all: boolean }>(
    sql`select bool_and(to_regclass(name) is not null) as all from unnest($1::text[]) t(name)`,
    [tables],
  );
  return rows[0]?.all === true;
}

/**
 * Every invariant that does not hold in one snapshot, with keys of what breaks it: what `verify` checks, and what is known
 * because the world is. At rest no lease is left either.
 */
export async function brokenInvariants(
  database: Pick<Database, 'snapshot'>,
  { world, late }: Watched,
  when: 'at work' | 'at rest',
): Promise<readonly string[]> {
  return database.snapshot(undefined, async (session) => {
    const known = snapshotChecks(await readTypes(session, DATASET), world, late);
    const broken = [
      ...(when === 'at rest' ? await violationsIn(session) : brokenOf(await checksIn(session))),
      ...brokenOf(await runChecks(session, known)),
    ];
    return broken.map(
      ({ invariant, count, keys }) => `${invariant} (${count.toString()}: ${keys.join(' ')})`,
    );
  });
}

/** A row never becomes older than it was seen. */
async function fallenMarks(
  database: Database,
  marks: Map<string, number>,
): Promise<readonly string[]> {
  if (!(await exist(database, [PROJECT]))) return [];
  const { rows } = await database.query<{ id: bigint; description: string }>(
    sql`select id, description from ${PROJECT} where description like 'mark %'`,
  );
  return rows.flatMap(({ id, description }) => {
    const mark = Number(description.slice('mark '.length));
    const known = marks.get(id.toString()) ?? 0;
    marks.set(id.toString(), Math.max(known, mark));
    return mark < known ? ['while it ran: an older row replaced a newer one'] : [];
  });
}

/** A row that was loaded once stays as long as GitLab has it. */
async function vanishedRows(
  database: Database,
  world: World,
  known: Set<string>,
): Promise<readonly string[]> {
  if (!(await exist(database, [ISSUE, LABEL]))) return [];
  const { rows } = await database.query<{ row: string }>(
    sql`select 'issues ' || id as row from ${ISSUE} union all select 'project_labels ' || id from ${LABEL}`,
  );
  const stored = new Set(rows.map(({ row }) => row));
  // Asked after the snapshot: what is deleted by now may have gone before it.
  const there = shelfRows(world);
  const gone = [...known].filter((row) => !stored.has(row) && there.has(row));
  for (const row of stored) known.add(row);
  return gone.map((row) => `while it ran: '${row}' vanished although GitLab has it`);
}
