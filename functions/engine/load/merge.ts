import type { LoadJob, TableChain } from '../model/rows.ts';
import { type Identifier, identifier, qualified } from '../sql/identifier.ts';
import { joined, type Sql, sql } from '../sql/sql.ts';

/** A job whose rows wait in a temporary table. */
export interface StagedJob {
  readonly job: LoadJob;
  readonly stage: Identifier;
}

/** The job of a table; undefined where it brings nothing. */
export function stagedIn(staged: readonly StagedJob[], table: string): StagedJob | undefined {
  return staged.find(({ job }) => job.table === table);
}

/** Which stored rows `t` may be replaced by `excluded`, from the columns of a job. */
export type OnlyWhere = (columns: readonly string[]) => Sql;

const ID = identifier('_dlt_id');
const ROOT_ID = identifier('_dlt_root_id');

/** The temporary table of a job: the target's columns and indexes, gone with the transaction. */
export function createStage(dataset: string, { job, stage }: StagedJob): Sql {
  return sql`create temporary table ${stage} (like ${qualified(dataset, job.table)} including indexes) on commit drop`;
}

/**
 * The statements that bring the staged rows of one chain into its tables. Rows that equal what is stored, with all
 * their children, are taken out of the stage first, so that they keep their load id and cost no write.
 * Afterwards the root's stage holds exactly the rows that were written, where no condition keeps some of them away.
 */
export function upsertChain(
  dataset: string,
  chain: TableChain,
  staged: readonly StagedJob[],
  only?: OnlyWhere,
): Sql {
  const root = stagedIn(staged, chain.root);
  if (root === undefined) return sql``;
  const children = childrenOf(dataset, chain, staged);
  const target = qualified(dataset, chain.root);
  return joined(
    [
      dropUnchanged(target, root, children),
      ...children.map(({ table }) => deleteReplaced(table, root.stage)),
      ...hardDeletes(target, root, chain),
      upsertRoots(target, root, only?.(root.job.columns)),
      ...children.flatMap(({ table, staged: child }) =>
        child === undefined ? [] : [insertChildren(table, child, root.stage)],
      ),
    ],
    sql`;\n`,
  );
}

/** Rows and child rows whose ids are not stored yet are added; nothing else changes. */
export function insertNewRows(
  dataset: string,
  chain: TableChain,
  staged: readonly StagedJob[],
): Sql {
  const root = stagedIn(staged, chain.root);
  if (root === undefined) return sql``;
  const target = qualified(dataset, chain.root);
  const known = sql`delete from ${root.stage} s using ${target} t where t.${ID} = s.${ID}`;
  const children = childrenOf(dataset, chain, staged).flatMap(({ table, staged: child }) =>
    child === undefined ? [] : [insertUnknown(table, child)],
  );
  const deleted = chain.method === 'insert-only' ? unstageDeleted(chain, root, staged) : [];
  return joined([known, ...deleted, insertUnknown(target, root), ...children], sql`;\n`);
}

/** Takes rows that say that they are deleted out of the stages, with their children. */
function unstageDeleted(
  chain: TableChain,
  root: StagedJob,
  staged: readonly StagedJob[],
): readonly Sql[] {
  return deletedIn(chain, root).flatMap((isDeleted) => {
    const ids = sql`select s.${ID} from ${root.stage} s where ${isDeleted}`;
    const below = staged.filter(({ job }) => job.columns.includes('_dlt_root_id'));
    return [
      ...below.map(({ stage }) => sql`delete from ${stage} where ${ROOT_ID} in (${ids})`),
      sql`delete from ${root.stage} s where ${isDeleted}`,
    ];
  });
}

/** Whether the staged row `s` says that it is deleted; nothing where the job lacks the column that would. */
function deletedIn({ hardDelete }: TableChain, { job }: StagedJob): readonly Sql[] {
  return job.columns
    .filter((name) => name === hardDelete)
    .map((name) => sql`coalesce(to_jsonb(s.${identifier(name)}) <> 'false'::jsonb, false)`);
}

/** The tables below a root with what a package has for them, parents first. */
export function childrenOf(
  dataset: string,
  { children }: TableChain,
  staged: readonly StagedJob[],
): readonly Child[] {
  return children.map(({ table }) => ({
    table: qualified(dataset, table),
    staged: stagedIn(staged, table),
  }));
}

/** A child table and the rows of the package for it. */
export interface Child {
  readonly table: Identifier;
  readonly staged: StagedJob | undefined;
}

/** Adds the staged rows of a table whose ids it does not have. */
export function insertUnknown(table: Identifier, { job, stage }: StagedJob): Sql {
  const names = joined(job.columns.map(identifier));
  return sql`insert into ${table} (${names}) select ${names} from ${stage} s
    where not exists (select from ${table} t where t.${ID} = s.${ID})`;
}

/** Rows that say that they are deleted go from the table and from the stage, where they count no longer. */
function hardDeletes(target: Identifier, root: StagedJob, chain: TableChain): readonly Sql[] {
  const { stage } = root;
  return deletedIn(chain, root).flatMap((isDeleted) => [
    sql`delete from ${target} t using ${stage} s where t.${ID} = s.${ID} and ${isDeleted}`,
    sql`delete from ${stage} s where ${isDeleted}`,
  ]);
}

/** All but the load, which alone changes nothing. Never empty, because every row has an id. */
function comparable({ job }: StagedJob): readonly Identifier[] {
  return job.columns.filter((name) => name !== '_dlt_load_id').map(identifier);
}

function row(alias: Sql, columns: readonly Identifier[]): Sql {
  return sql`(${joined(columns.map((column) => sql`${alias}.${column}`))})`;
}

function dropUnchanged(target: Identifier, root: StagedJob, children: readonly Child[]): Sql {
  const columns = comparable(root);
  const same = sql`${row(sql`t`, columns)} is not distinct from ${row(sql`s`, columns)}`;
  const differing = children.flatMap((child) => differingRoots(child, root.stage));
  const withChildren =
    differing.length === 0
      ? sql`true`
      : sql`s.${ID} not in (${joined(differing, sql` union all `)})`;
  return sql`delete from ${root.stage} s using ${target} t where t.${ID} = s.${ID} and ${same} and ${withChildren}`;
}

/** Roots that have a new or changed child, and roots that have lost one. */
function differingRoots({ table, staged }: Child, roots: Identifier): readonly Sql[] {
  if (staged === undefined) {
    return [
      sql`select c.${ROOT_ID} from ${table} c where c.${ROOT_ID} in (select ${ID} from ${roots})`,
    ];
  }
  const columns = comparable(staged);
  return [
    sql`select n.${ROOT_ID} from ${staged.stage} n where not exists (
          select from ${table} c where c.${ID} = n.${ID}
          and ${row(sql`c`, columns)} is not distinct from ${row(sql`n`, columns)})`,
    sql`select c.${ROOT_ID} from ${table} c where c.${ROOT_ID} in (select ${ID} from ${roots})
          and not exists (select from ${staged.stage} n where n.${ID} = c.${ID})`,
  ];
}

function deleteReplaced(table: Identifier, roots: Identifier): Sql {
  return sql`delete from ${table} where ${ROOT_ID} in (select ${ID} from ${roots})`;
}

function upsertRoots(target: Identifier, { job, stage }: StagedJob, only?: Sql): Sql {
  const names = job.columns.map(identifier);
  const sets = joined(names.map((name) => sql`${name} = excluded.${name}`));
  // In the order of the conflicting key, so that two packages cannot wait for each other.
  return sql`insert into ${target} as t (${joined(names)}) select ${joined(names)} from ${stage} order by ${ID}
    on conflict (${ID}) do update set ${sets}${only === undefined ? sql`` : sql` where ${only}`}`;
}

function insertChildren(table: Identifier, { job, stage }: StagedJob, roots: Identifier): Sql {
  const names = joined(job.columns.map(identifier));
  return sql`insert into ${table} (${names}) select ${names} from ${stage}
    where ${ROOT_ID} in (select ${ID} from ${roots})`;
}
