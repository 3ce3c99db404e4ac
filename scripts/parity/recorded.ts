import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';
import { restRecords } from '../../functions/engine/extract/records.ts';
import { isJsonObject, type JsonObject } from '../../functions/engine/model/json.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { Target } from '../../functions/engine/model/position.ts';
import { type ResourceSpec, scopeParameter } from '../../functions/engine/model/resource.ts';
import { readExact, writeExact } from '../../functions/engine/normalize/exactJson.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { openLoader } from './loader.ts';
import type { ScenarioRun } from './scenario.ts';
import { readDataset, type StoredDataset } from './stored.ts';

const select = restRecords(undefined);

/** The pages of one resource in one partition. */
interface RecordedScan {
  readonly resource: ResourceSpec;
  readonly partition: string;
  readonly bodies: { readonly request: string; readonly text: string; readonly columns: Target }[];
}

/**
 * Loads recorded answers of GitLab with the resources of the catalogue and says which columns, types and rows of dlt's
 * tables ours lack. Key columns and rows that only we have are no difference.
 */
export async function compareRecorded(
  database: Database,
  dataset: string,
  run: ScenarioRun & { readonly requests: string },
): Promise<readonly string[]> {
  // What names a path in full comes before what takes the same path for a parameter.
  const resources = allResources(catalog).toSorted(
    (left, right) => parametersIn(left) - parametersIn(right),
  );
  const loader = await openLoader(database, { dataset, resources });
  for (const { resource, partition, bodies } of recordedScans(run.requests, resources)) {
    const pages = bodies.map((body, index): Page => ({
      ...body,
      records: select(JSON.parse(body.text)),
      select,
      position:
        index === bodies.length - 1
          ? { at: 'end', cursor: undefined }
          : { at: 'page', token: { page: index + 2 } },
    }));
    await loader.load({
      resource,
      partition,
      pages,
      nesting: run.nesting,
      contract: run.contract,
    });
  }
  return lackings(run, await readDataset(database, dataset));
}

function parametersIn({ path }: ResourceSpec): number {
  return path.split('{').length;
}

function recordedScans(
  requests: string,
  resources: readonly ResourceSpec[],
): readonly RecordedScan[] {
  const scans = new Map<string, RecordedScan>();
  for (const line of requests.split('\n')) {
    if (line === '') continue;
    const recorded = readExact(line);
    if (!isJsonObject(recorded) || recorded['status'] !== 200n) continue;
    const found = resourceOf(textOf(recorded['url']), resources);
    if (found === undefined) continue;
    const { resource, target } = found;
    const scope = scopeParameter(resource);
    const partition = scope === undefined ? '' : String(target[scope]);
    const key = `${resource.id} ${partition}`;
    const scan = scans.get(key) ?? { resource, partition, bodies: [] };
    scans.set(key, scan);
    const kept = resource.keep.map((name) => [name, target[name] ?? ''] as const);
    const columns = Object.fromEntries(kept);
    scan.bodies.push({
      request: resource.path,
      text: writeExact(recorded['body'] ?? null),
      columns,
    });
  }
  return [...scans.values()];
}

function textOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The resource that asks for a URL, with the values of the parameters in its path and query. */
function resourceOf(
  url: string,
  resources: readonly ResourceSpec[],
): { readonly resource: ResourceSpec; readonly target: Target } | undefined {
  const { pathname, searchParams } = new URL(url, 'http://gitlab');
  const path = pathname.replace('/api/v4', '');
  for (const resource of resources) {
    const pattern = resource.path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)');
    const match = new RegExp(`^${pattern}$`).exec(path);
    if (match === null || resource.pagination === 'graphql') continue;
    const inQuery = Object.entries(resource.query).flatMap(([name, value]) => {
      const parameter = /^\{(\w+)\}$/.exec(value)?.[1];
      return parameter === undefined ? [] : [[parameter, searchParams.get(name) ?? ''] as const];
    });
    const inPath = Object.entries(match.groups ?? {}).map(
      ([name, value]) => [name, decodeURIComponent(value)] as const,
    );
    const values = [...inPath, ...inQuery].map(([name, value]) => [name, valueOf(value)]);
    return { resource, target: Object.fromEntries(values) as Target };
  }
  return undefined;
}

function valueOf(text: string): string | number {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function lackings({ expected }: ScenarioRun, stored: StoredDataset): readonly string[] {
  return [...expected.columns].flatMap(([table, theirs]) => {
    const ours = stored.columns.get(table);
    if (ours === undefined) return [`the table ${table} is missing`];
    return [
      ...columnsLacking(table, theirs, ours),
      ...rowsLacking(table, { expected, stored }, theirs.map(nameOf)),
    ];
  });
}

/** dlt's columns must stand in ours in dlt's order with dlt's types; keys of ours may not be null. */
function columnsLacking(
  table: string,
  theirs: readonly string[],
  ours: readonly string[],
): readonly string[] {
  const typed = (column: string): string => column.replace(/ (?:YES|NO)$/, '');
  const wanted = theirs.map(typed);
  const isOurs = new Set(wanted);
  const found = ours.map(typed).filter((column) => isOurs.has(column));
  return found.join() === wanted.join()
    ? []
    : [`${table} has of dlt's columns (${wanted.join(', ')}) only (${found.join(', ')})`];
}

function rowsLacking(
  table: string,
  { expected, stored }: Pick<ScenarioRun, 'expected'> & { readonly stored: StoredDataset },
  columns: readonly string[],
): readonly string[] {
  const compared = columns.filter((name) => !name.startsWith('_dlt_'));
  const project = (line: string): string => {
    const row = readExact(line) as JsonObject;
    return writeExact(compared.map((name) => row[name] ?? null));
  };
  const ours = new Set((stored.rows.get(table) ?? []).map(project));
  const theirs = new Set((expected.rows?.get(table) ?? []).map(project));
  const lacking = [...theirs].filter((row) => !ours.has(row));
  return lacking.map((row) => `${table} lacks the row ${row.slice(0, 200)}`);
}

function nameOf(column: string): string {
  return column.split(' ', 1)[0] ?? '';
}
