import { catalog } from '../../functions/catalog.ts';
import type { Sending } from '../../functions/engine/load/packages.ts';
import type { TableChain } from '../../functions/engine/model/rows.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { literal, type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { openDirectLoader, type PackedPage } from './directLoad.ts';
import { stateTable } from './run.ts';
import { type SentRows, sentRows } from './sentRows.ts';

const OTHERS = 'api_entities_other';

const STORED =
  '[{"id":1,"name":"Ada","gone":false,"tags":["a"]},{"id":2,"name":"Bob","gone":false,"tags":["b"]}]';

const PAGES = {
  /** User 1 has another name, 3 is new. */
  changed: '[{"id":1,"name":"Ann","tags":["x"]},{"id":3,"name":"Cy","tags":["y"]}]',
  /** New users with three tags. */
  added: '[{"id":4,"name":"Dan","tags":["d","e","f"]},{"id":5,"name":"Eve"}]',
  same: STORED,
  /** User 1 says that it is deleted, and so does 6, which is not stored. */
  deleted: `[{"id":1,"name":"Ada","gone":true,"tags":["a"]},
    {"id":6,"name":"Fay","gone":true,"tags":["g"]},{"id":7,"name":"Guy","gone":false,"tags":["h"]}]`,
  /** User 2 has another name and no tag. */
  bare: '[{"id":2,"name":"Bo"}]',
} as const;

/** Pages of users as packages that are not committed, beside two users that are stored. */
export type UserPages = Readonly<Record<keyof typeof PAGES, PackedPage>>;

/** Stores users 1 and 2 with a tag each, and makes packages of other pages. */
export async function openUserPages(database: Database): Promise<UserPages> {
  const loader = await openDirectLoader(database, { resource: catalog.users.resources.users });
  await loader.load([STORED]);
  await database.query(
    sql`create table gitlab_data.api_entities_other (like gitlab_data.api_entities_user including all)`,
  );
  const task = await loader.claim();
  const packed: [string, PackedPage][] = [];
  for (const [name, body] of Object.entries(PAGES)) {
    packed.push([name, await loader.pack(task, body)]);
  }
  return Object.fromEntries(packed) as UserPages;
}

/** How a page is sent. */
export interface Order extends Partial<Pick<Sending, 'path' | 'adoptions' | 'asked'>> {
  readonly chain?: Partial<TableChain>;
  /** Instead of the tables of the page. */
  readonly tables?: (page: PackedPage['loadPackage']) => Partial<PackedPage['loadPackage']>;
  readonly before?: Sql;
}

/** Sends a page by way of a stage, unless it says otherwise, and takes it back. */
export function sendPage(
  database: Database,
  { loadPackage, load }: PackedPage,
  { chain, tables = () => ({}), before, ...order }: Order = {},
): Promise<SentRows> {
  const chains = loadPackage.chains.map((one) => ({ ...one, ...chain }));
  const whole = { ...loadPackage, chains };
  const sent = { ...whole, ...tables(whole) };
  const sending = { path: 'guarded' as const, adoptions: new Map(), ...order };
  return sentRows(database, { ...sending, load, loadPackage: sent }, before);
}

/** The page once more for another root table, whose name comes before the first. */
export function doubled({
  jobs,
  chains,
}: PackedPage['loadPackage']): Partial<PackedPage['loadPackage']> {
  const [job, ...below] = jobs;
  const other = (one: TableChain): TableChain => ({ ...one, root: OTHERS, children: [] });
  if (job === undefined) throw new Error('the page has no rows');
  return {
    jobs: [job, ...below, { ...job, table: OTHERS }],
    chains: [...chains, ...chains.map(other)],
  };
}

/** Notes that an event has just written a row. */
export const told = (id = ''): Sql =>
  sql`insert into ${stateTable('webhook_row')} values ('api_entities_user', ${literal(id)}, now(), false)`;
