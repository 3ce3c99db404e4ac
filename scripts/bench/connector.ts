import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Connector } from '../../functions/engine/alloydb/index.ts';
import { openDatabase } from '../../functions/engine/run/openDatabase.ts';
import { binaryCopy } from '../../functions/engine/sql/copy.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { sql } from '../../functions/engine/sql/sql.ts';
import { INSTANCE_URI } from '../../test/support/alloydb/fakeAlloydb.ts';
import { openTokenOffice } from '../../test/support/alloydb/tokens.ts';
import { startPostgres } from '../local/postgres.ts';
import { startChild } from './processes.ts';

const TEXTS = 7;
const TEXT_BYTES = 64;
const BLOCK_ROWS = 500;
const BLOCKS = 400;

/**
 * `bench connector [rounds]`: the same rows are copied over a direct connection and, in turns with that, through the connector
 * to an AlloyDB instance on loopback: mutual TLS, metadata exchange, and a proxy in a process of its own. Prints both speeds.
 */
export async function benchConnector([rounds = '7']: readonly string[]): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-bench-'));
  const postgres = await startPostgres({ directory });
  const instance = startChild(join(import.meta.dirname, 'alloydbInstance.ts'), [postgres.url]);
  const { apiEndpoint, port } = (await instance.firstLine) as {
    readonly apiEndpoint: string;
    readonly port: number;
  };
  const connector = new Connector({
    apiEndpoint,
    port,
    credentials: openTokenOffice().credentials,
  });
  const limits = { applicationName: 'bench', max: 1 };
  const { username: user, password, pathname } = new URL(postgres.url);
  const direct = await openDatabase({ databaseUrl: postgres.url }, limits);
  const alloydb = {
    ...({ instanceUri: INSTANCE_URI, ipType: 'PRIVATE', apiEndpoint, user } as const),
    database: pathname.slice(1),
    password: Object.assign(() => Promise.resolve(password), { place: 'the bench' }),
  };
  const connected = await openDatabase({ alloydb }, { ...limits, connector });
  try {
    await direct.query(createTable());
    tell(await measure({ direct, connected }, Number(rounds)));
  } finally {
    await connected.close();
    await direct.close();
    connector.close();
    instance.stop();
    await postgres.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

type Speeds = Readonly<Record<'direct' | 'connected', readonly number[]>>;

/** Megabytes per second of each way, by turns; the first round of each only warms it up. */
async function measure(
  ways: Readonly<Record<'direct' | 'connected', Database>>,
  rounds: number,
): Promise<Speeds> {
  const speeds = { direct: [] as number[], connected: [] as number[] };
  for (let round = 0; round <= rounds; round += 1)
    for (const way of ['direct', 'connected'] as const) {
      const speed = await copy(ways[way]);
      if (round > 0) speeds[way].push(speed);
    }
  return speeds;
}

function createTable() {
  // Not logged, so that the disk is no part of it.
  return sql`create unlogged table copied
    (id bigint, a text, b text, c text, d text, e text, f text, g text)`;
}

const block = Buffer.concat(Array.from({ length: BLOCK_ROWS }, (_, id) => tuple(id)));

/** A row in the binary format of COPY: the number of fields, then each with its length. */
function tuple(id: number): Buffer {
  const fields = Buffer.alloc(2 + 4 + 8 + TEXTS * (4 + TEXT_BYTES), 'x');
  fields.writeInt16BE(1 + TEXTS, 0);
  fields.writeInt32BE(8, 2);
  fields.writeBigInt64BE(BigInt(id), 6);
  for (let text = 0; text < TEXTS; text += 1)
    fields.writeInt32BE(TEXT_BYTES, 14 + text * (4 + TEXT_BYTES));
  return fields;
}

/** Resolves to megabytes per second. */
async function copy(database: Database): Promise<number> {
  await database.query(sql`truncate copied`);
  const startedAt = performance.now();
  await database.transaction(undefined, async (session) => {
    const blocks = Array.from({ length: BLOCKS }, () => block);
    await session.copyIn(sql`copy copied from stdin (format binary)`, binaryCopy(blocks));
  });
  return (BLOCKS * block.length) / 1000 / (performance.now() - startedAt);
}

/** The ratio is that of neighbouring rounds, which share what else the machine does. */
function tell({ direct, connected }: Speeds): void {
  const ratios = direct.map((speed, round) => (connected[round] ?? 0) / speed);
  const spread = (speeds: readonly number[]) => ({
    median: Math.round(median(speeds)),
    best: Math.round(Math.max(...speeds)),
  });
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'connector',
      rounds: direct.length,
      megabytes: Math.round((BLOCKS * block.length) / 1e6),
      megabytesPerSecond: { direct: spread(direct), connected: spread(connected) },
      ratio: Number(median(ratios).toFixed(2)),
    })}\n`,
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
