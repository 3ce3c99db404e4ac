import type { Substitution } from '../loaderBuilds.ts';

const NEWEST_FIRST = 'functions/engine/extract/newestFirst.ts';
const STATE_FUNCTIONS = 'functions/engine/state/stateFunctions.ts';

/** What stands at or below the cursor counts as read. */
export const STRICT_CURSOR: readonly Substitution[] = [
  {
    file: NEWEST_FIRST,
    text: 'for await (const read of scan.list(scan.query, from)) {\n',
    instead: `for await (const whole of scan.list(scan.query, from)) {
    const isNew = ({ id }: { readonly id?: unknown }) => known === undefined || compareIds(String(id), known) > 0;
    const records = whole.records.filter(isNew);
    const next = records.length < whole.records.length ? undefined : whole.next;
    const read = { ...whole, records, next };
`,
  },
];

/** What changed before the cursor counts as read. */
export const NO_OVERLAP: readonly Substitution[] = [
  {
    file: 'functions/engine/extract/cursors/readByCursor.ts',
    text: 'known - ports.settings.overlapMinutes * MINUTE',
    instead: 'known',
  },
];

/** The next page of a walk begins behind the last row's instant, not at it. */
export const STRICT_WALK: readonly Substitution[] = [
  {
    file: 'functions/engine/extract/cursors/walking.ts',
    text: 'const MARGIN_MILLISECONDS = 1;',
    instead: 'const MARGIN_MILLISECONDS = -1;',
  },
];

/** Whoever comes last commits; the history numbers packages as they come. */
export const NO_FENCE: readonly Substitution[] = [
  {
    file: STATE_FUNCTIONS,
    text: `
      and fence = (step ->> 'fence')::bigint and seq = (step ->> 'seq')::bigint
      and owner = (package ->> 'run_id')::uuid \${order?.kept ?? sql\`\`};`,
    instead: ';',
  },
  {
    file: STATE_FUNCTIONS,
    text: `value ->> 'partition', (value ->> 'seq')::bigint + 1, id,`,
    instead: `value ->> 'partition', (select p.seq from \${table('partition')} p
         where p.resource = package ->> 'resource' and p.partition_key = value ->> 'partition'), id,`,
  },
];

/** Two processes may change the schema at the same time. */
export const NO_DDL_LOCK: readonly Substitution[] = [
  {
    file: 'functions/engine/load/ddl.ts',
    text: 'select pg_advisory_xact_lock(hashtextextended(${literal(`gitlab-alloydb ddl ${dataset}`)}, 0))',
    instead: 'select 1',
  },
];
