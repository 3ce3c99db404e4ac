import type { Substitution } from '../loaderBuilds.ts';

const COMMIT = 'functions/engine/run/commit.ts';
const DDL = 'functions/engine/load/ddl.ts';
const MERGE = 'functions/engine/load/merge.ts';
const PACKAGES = 'functions/engine/load/packages.ts';

const BEGIN = '  return database\n    .named(';
const ADVANCE = '        advanceStatement(dataset),\n';
const FIRST_STATE = '        schemas.firstState.statement(load, touched),\n';
const LOADS = '        loadStatement(dataset, { load, schema: schemas.version(), touched }),\n';
const RECORD = '        recordStatement(dataset, { written, touched, quarantine }),\n';
const COMMITS = '      const results = await session.commit(joined(message, sql`;\\n`));\n';

function inCommit(text: string, instead: string): Substitution {
  return { file: COMMIT, text, instead };
}

/** Everything but the rows first, so that the history shows nothing. */
export const CURSOR_BEFORE: readonly Substitution[] = [
  inCommit(
    BEGIN,
    `  await database.transaction(undefined, async (cursor) => {
    await describePackage(cursor, loadPackage, { load, leaseSeconds, resolved: [] });
    const parts = [
      advanceStatement(dataset),
      loadStatement(dataset, { load, schema: schemas.version(), touched: sql\`true\` }),
      schemas.firstState.statement(load, sql\`true\`),
      recordStatement(dataset, { written: sql\`0\`, touched: sql\`true\`, quarantine: 'unchanged' }),
    ];
    await cursor.commit(joined(parts.filter((part) => part !== ''), sql\`;\\n\`));
    schemas.firstState.written();
  });
${BEGIN}`,
  ),
  inCommit(ADVANCE, ''),
  inCommit(LOADS, ''),
  inCommit(FIRST_STATE, ''),
  inCommit(RECORD, '        sql`select null::text as load_id`,\n'),
];

/** The rows with their load first, as a pipeline does that keeps its state elsewhere. */
export const CURSOR_AFTER: readonly Substitution[] = [
  inCommit(ADVANCE, ''),
  inCommit(RECORD, '        sql`select (${touched}) as load_id`,\n'),
  inCommit(
    COMMITS,
    `${COMMITS}      const isTouched = results.at(-1)?.rows[0]?.load_id === true;
      await database.transaction(undefined, async (cursor) => {
        await describePackage(cursor, loadPackage, { load, leaseSeconds, resolved: [] });
        const touched = isTouched ? sql\`true\` : sql\`false\`;
        const record = recordStatement(dataset, { written: sql\`0\`, touched, quarantine: 'unchanged' });
        await cursor.commit(joined([advanceStatement(dataset), record], sql\`;\\n\`));
      });
`,
  ),
];

/** Without unique indexes and by delete and insert, as dlt merges; what is repeated is not merged. */
export const APPEND_ON_RETRY: readonly Substitution[] = [
  inCommit(
    'transact(context, { loadPackage, load, path });',
    `transact(context, { loadPackage, load, path: attempt > 1 ? 'fresh' : path, again: attempt > 1 });`,
  ),
  inCommit(
    '  { loadPackage, load, path }: Attempt,',
    '  { loadPackage, load, path, again }: Attempt & { readonly again?: boolean },',
  ),
  inCommit(ADVANCE, '        again ? sql`select 1` : advanceStatement(dataset),\n'),
  inCommit(
    RECORD,
    '        again ? sql`select null::text as load_id` : recordStatement(dataset, { written, touched, quarantine }),\n',
  ),
  { file: DDL, text: '? sql` unique` : sql``;', instead: '? sql`` : sql``;' },
  {
    file: DDL,
    text: 'await session.simple(uniqueIndex(dataset, key, columns));',
    instead: 'void uniqueIndex(dataset, key, columns);',
  },
  {
    file: MERGE,
    text: 'return sql`insert into ${target} as t (',
    instead:
      'return sql`delete from ${target} where ${ID} in (select ${ID} from ${stage}); insert into ${target} as t (',
  },
  {
    file: MERGE,
    text: '\n    on conflict (${ID}) do update set ${sets}${only === undefined ? sql`` : sql` where ${only}`}`;',
    instead: '`;',
  },
];

/** Roots with everything else, then the child rows. */
export const CHILDREN_LATER: readonly Substitution[] = [
  { file: PACKAGES, text: '\nfunction copyText(', instead: '\nexport function copyText(' },
  inCommit(
    "import { isPassing } from './resilient.ts';",
    `import { copyText } from '../load/packages.ts';
import { binaryCopy } from '../sql/copy.ts';
import { qualified } from '../sql/identifier.ts';
import { isPassing } from './resilient.ts';`,
  ),
  inCommit(
    'await sendRows(session, dataset, {\n        loadPackage,',
    `await sendRows(session, dataset, {
        loadPackage: {
          ...loadPackage,
          jobs: loadPackage.jobs.filter(({ table }) => loadPackage.chains.some(({ root }) => root === table)),
          chains: loadPackage.chains.map((chain) => ({ ...chain, children: [] })),
        },`,
  ),
  inCommit(
    COMMITS,
    `${COMMITS}      await database.transaction(undefined, async (later) => {
        for (const { children, rowIds } of loadPackage.chains) {
          for (const { table } of children) {
            const child = qualified(dataset, table);
            await later.query(sql\`delete from \${child} where _dlt_root_id = any ($1::text[])\`, [rowIds]);
            const job = loadPackage.jobs.find((candidate) => candidate.table === table);
            if (job !== undefined) await later.copyIn(copyText(child, job.columns), binaryCopy(job.tuples));
          }
        }
      });
`,
  ),
];

/** The rows, their cursor and history, then what tells readers that the load is complete. */
export const LOADS_LATER: readonly Substitution[] = [
  inCommit(LOADS, ''),
  inCommit(
    COMMITS,
    `${COMMITS}      if (typeof results.at(-1)?.rows[0]?.load_id === 'string')
        await database.transaction(undefined, async (later) => {
          await later.simple(loadStatement(dataset, { load, schema: schemas.version(), touched: sql\`true\` }));
        });
`,
  ),
];
