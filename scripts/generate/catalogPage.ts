import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { catalog } from '../../functions/catalog.ts';
import { allResources, type Catalog } from '../../functions/engine/catalog/selection.ts';
import {
  type ChangedParentsCursor,
  type CursorSpec,
  type Family,
  type Pagination,
  type ResourceSpec,
  type RowCondition,
  scopeOf,
} from '../../functions/engine/model/resource.ts';
import { output } from '../commands/terminal.ts';

const PAGE = fileURLToPath(new URL('../../CATALOG.md', import.meta.url));

const HEADER = '<!-- Generated from functions/catalog.ts by `npm run generate`. Do not edit. -->';

const HOW_TO_READ = `Paths are below \`/api/v4\`. Every resource is split into partitions: one for the instance, or one for each project or
group. A run loads the resources marked "every run". Those marked "on demand" are loaded when \`run --resource\` names
them; most of them ask for one object after the other that a list has brought already. "Administrators": asked for with
an administrator's token only. A row that a later run reads and finds unchanged is not written again.`;

/** CATALOG.md: every family with its resources, as people look them up. */
export function catalogPage(families: Catalog): string {
  const resources = allResources(families);
  const scheduled = resources.filter(({ on }) => on === 'schedule');
  const tables = new Set(
    resources.flatMap(({ table, splits }) => [table, ...splits.map((split) => split.table)]),
  );
  const counts = [
    `${resources.length.toString()} resources in ${Object.keys(families).length.toString()} families`,
    `${scheduled.length.toString()} of them loaded by every run`,
    `into ${tables.size.toString()} tables, child tables not counted`,
  ];
  const sections = Object.values(families).map(familySection);
  return [HEADER, '# Catalogue', `${counts.join(', ')}.`, HOW_TO_READ, ...sections]
    .map((block) => `${block}\n`)
    .join('\n');
}

const HEAD = [
  'resource',
  'path',
  'table',
  'key',
  'partitions',
  'pages',
  'a later run reads',
  'loaded',
] as const;

function familySection({ id, resources }: Family): string {
  const specs = Object.values(resources);
  const table = [HEAD, HEAD.map(() => '---'), ...specs.map(cells)].map(
    (row) => `| ${row.join(' | ')} |`,
  );
  const notes = specs.flatMap(notesOf);
  const blocks = [`## ${id}`, table.join('\n'), notes.map((note) => `- ${note}`).join('\n')];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function cells(resource: ResourceSpec): readonly string[] {
  const { id, table, primaryKey, pagination, on, access } = resource;
  return [
    code(id),
    pathOf(resource),
    code(table),
    primaryKey.length === 0 ? 'one row' : codes(primaryKey),
    scopeOf(resource),
    PAGES[pagination],
    laterRuns(resource),
    `${on === 'schedule' ? 'every run' : 'on demand'}${access === 'admin' ? ', administrators' : ''}`,
  ];
}

const PAGES = {
  offset: 'offset',
  keyset: 'keyset',
  unpaged: 'none',
  graphql: 'GraphQL',
} as const satisfies Readonly<Record<Pagination, string>>;

function pathOf({ path, query, graphql }: ResourceSpec): string {
  if (graphql !== undefined) return `GraphQL ${code(graphql.connection.join('.'))}`;
  const bound = Object.entries(query).filter(([, value]) => value.startsWith('{'));
  const suffix = bound.map(([name, value]) => `${name}=${value}`).join('&');
  return code(suffix === '' ? path : `${path}?${suffix}`);
}

function laterRuns({ cursor, bind }: ResourceSpec): string {
  switch (cursor.kind) {
    case 'full':
      return 'everything';
    case 'newest-first':
      return `what is newer than the highest ${code(cursor.field)}, and rows not finished`;
    case 'changed-parents':
      return `below ${parentsOf(bind)} that changed${changedBy(cursor)}${unlessFinished(cursor)}`;
    case 'missing':
      return 'values without a row';
    case 'walking':
    case 'newest-changed-first':
      return `what changed, by ${code(cursor.field)}`;
    case 'changed-since':
      return `what GitLab lists with ${code(cursor.after)}`;
    case 'windowed':
      return `what is newer, by ${code(cursor.field)}, ${cursor.days.toString()} days at a time`;
  }
}

function parentsOf(bind: ResourceSpec['bind']): string {
  const parents = Object.values(bind).flatMap((binding) =>
    binding.from === 'parent' ? [binding.resource] : [],
  );
  return codes([...new Set(parents)]);
}

function changedBy({ by }: ChangedParentsCursor): string {
  return by === undefined ? '' : ` in ${code(by)}`;
}

function unlessFinished({ rereadWhile }: ChangedParentsCursor): string {
  return Object.keys(rereadWhile).length === 0 ? '' : ' or are not finished';
}

/** What does not fit the table: one sentence each. */
function notesOf(resource: ResourceSpec): readonly string[] {
  const { id, replaces, secretFields, splits, absent } = resource;
  const sentences = [
    replaces.length === 0 ? '' : `replaces ${codes(replaces)}.`,
    secretFields.length === 0 ? '' : `secret, stored as a hash: ${codes(secretFields)}.`,
    ...splits.map((split) => `${code(split.field)} goes to ${code(split.table)}.`),
    unfinishedNote(resource.cursor),
    ...absenceNotes(absent),
  ].filter((sentence) => sentence !== '');
  return sentences.length === 0 ? [] : [`${code(id)}: ${sentences.join(' ')}`];
}

/** Statuses with the same meaning share a sentence. */
function absenceNotes(absent: ResourceSpec['absent']): readonly string[] {
  const statuses = Object.entries(absent);
  const meanings = [...new Set(statuses.map(([, meaning]) => meaning))];
  return meanings.map((meaning) => {
    const same = statuses.filter(([, other]) => other === meaning).map(([status]) => status);
    return `${same.join(' or ')} means: ${meaning}.`;
  });
}

function unfinishedNote(cursor: CursorSpec): string {
  if (!('rereadWhile' in cursor)) return '';
  const condition = conditionText(cursor.rereadWhile);
  return condition === '' ? '' : `not finished while ${condition}.`;
}

function conditionText(condition: RowCondition): string {
  return Object.entries(condition)
    .map(([name, values]) => `${code(name)} is ${values.map(code).join(', ')}`)
    .join(' and ');
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

function codes(texts: readonly string[]): string {
  return texts.map(code).join(', ');
}

/** Undefined when the page has never been written. */
async function readPage(): Promise<string | undefined> {
  try {
    return await readFile(PAGE, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wanted = catalogPage(catalog);
  if (!process.argv.includes('--check')) {
    await writeFile(PAGE, wanted);
  } else if ((await readPage()) !== wanted) {
    output.error('CATALOG.md differs from functions/catalog.ts: run `npm run generate`.\n');
    process.exitCode = 1;
  }
}
