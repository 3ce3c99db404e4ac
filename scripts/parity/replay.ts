import { restRecords } from '../../functions/engine/extract/records.ts';
import { isJsonObject, type JsonObject } from '../../functions/engine/model/json.ts';
import type { Page } from '../../functions/engine/model/page.ts';
import type { ResourceSpec } from '../../functions/engine/model/resource.ts';
import { readExact } from '../../functions/engine/normalize/exactJson.ts';
import { normalizeIdentifier, normalizeKey } from '../../functions/engine/normalize/naming.ts';
import type { Database } from '../../functions/engine/sql/pool.ts';
import { openLoader, type Scan } from './loader.ts';
import type { InputFile, ScenarioRun } from './scenario.ts';

const select = restRecords(undefined);

/** What became of a run: nothing to say, or why it failed. */
export type Outcome = { readonly failed: string } | 'loaded';

/** Loads the inputs of one run into the dataset; what fails to load is the outcome, as with dlt. */
export async function replay(
  database: Database,
  dataset: string,
  run: ScenarioRun,
): Promise<Outcome> {
  const names = [...new Set(run.inputs.map(({ resource }) => resource))];
  const specs = new Map(names.map((name) => [name, specOf(name, run)]));
  const loader = await openLoader(database, { dataset, resources: [...specs.values()] });
  try {
    for (const name of names) await loader.load(scanOf(name, run, specs.get(name) as ResourceSpec));
    return 'loaded';
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** A resource that has nothing but a table and how it is written. */
export function specOf(name: string, { hints }: Pick<ScenarioRun, 'hints'>): ResourceSpec {
  return {
    id: name,
    family: 'parity',
    path: `/${name}`,
    replaces: [],
    table: normalizeIdentifier(name),
    bind: {},
    query: {},
    adminQuery: {},
    memberQuery: {},
    keep: [],
    pagination: 'unpaged',
    cursor: { kind: 'full' },
    dueBy: 'schedule',
    on: 'schedule',
    access: 'any',
    absent: {},
    secretFields: [],
    splits: [],
    ...hints,
  };
}

function scanOf(name: string, run: ScenarioRun, resource: ResourceSpec): Scan {
  const { inputs, nesting, contract } = run;
  const files = inputs.filter((file) => file.resource === name);
  const pages = files.map((file, index) =>
    pageOf(file, { run, place: index === files.length - 1 ? 'last' : 'more' }),
  );
  return { resource, partition: '', pages, nesting, contract };
}

function pageOf(
  file: InputFile,
  { run, place }: { readonly run: ScenarioRun; readonly place: 'last' | 'more' },
): Page {
  const { resource, parentId, text } = file;
  const included = parentId === undefined ? undefined : fromParent(resource, parentId, run);
  return {
    request: `/${resource}`,
    text,
    records: select(JSON.parse(text)),
    select,
    columns: {},
    ...(included && { appended: included }),
    position:
      place === 'last' ? { at: 'end', cursor: undefined } : { at: 'page', token: { page: 2 } },
  };
}

/** The columns `_<parent>_<field>` that dlt has in the child's table, with the values of the parent's record. */
function fromParent(resource: string, parentId: string, run: ScenarioRun): JsonObject | undefined {
  const columns = run.expected.columns.get(normalizeIdentifier(resource)) ?? [];
  const included: Record<string, JsonObject[string]> = {};
  for (const other of run.inputs) {
    if (other.parentId !== undefined) continue;
    const records = select(readExact(other.text)).filter(isJsonObject);
    const record = records.find(({ id }) => id === BigInt(parentId));
    for (const [field, value] of Object.entries(record ?? {})) {
      const name = normalizeKey(`_${other.resource}_${field}`);
      if (columns.some((column) => column.startsWith(`${name} `))) included[name] = value;
    }
  }
  return included;
}
