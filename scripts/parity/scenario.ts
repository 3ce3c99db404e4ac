import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SchemaContract } from '../../functions/engine/model/schema.ts';
import { contractFrom, pythonValue, type ResourceHints, resourceHints } from './hints.ts';

/** One response that a scenario's resource gives. */
export interface InputFile {
  readonly resource: string;
  /** The id of the parent record below which it was asked for, where the file's name ends with one. */
  readonly parentId: string | undefined;
  readonly text: string;
}

/** A column as dlt left it: `name type YES`. */
export type ExpectedColumns = ReadonlyMap<string, readonly string[]>;

/** What dlt had after a run. */
export interface Expected {
  readonly outcome: 'loaded' | 'failed';
  /** dlt's exceptions where it failed, else empty. */
  readonly error: string;
  readonly columns: ExpectedColumns;
  /** Rows as JSON, table by table; undefined where only counts were kept. */
  readonly rows: ReadonlyMap<string, readonly string[]> | undefined;
  readonly counts: Readonly<Record<string, number>>;
}

/** One run of a scenario. */
export interface ScenarioRun {
  readonly name: string;
  readonly inputs: readonly InputFile[];
  readonly hints: ResourceHints;
  readonly nesting: number | undefined;
  readonly contract: SchemaContract;
  /** Recorded requests, where the scenario has these instead of input files. */
  readonly requests: string | undefined;
  readonly expected: Expected;
}

/** A folder of golden runs. */
export interface Scenario {
  readonly name: string;
  readonly runs: readonly ScenarioRun[];
}

/** Reads every scenario below a folder, in the order of their names. */
export function readScenarios(folder: string): readonly Scenario[] {
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'run1', 'columns.tsv')))
    .toSorted()
    .map((name) => ({ name, runs: readRuns(join(folder, name), name) }));
}

function readRuns(folder: string, scenario: string): readonly ScenarioRun[] {
  const names = readdirSync(folder).filter((name) => /^run\d+$/.test(name));
  const inOrder = names.toSorted((left, right) => Number(left.slice(3)) - Number(right.slice(3)));
  return inOrder.map((name) => readRun(join(folder, name), { scenario, name }));
}

function readRun(
  folder: string,
  { scenario, name }: { readonly scenario: string; readonly name: string },
): ScenarioRun {
  const yaml = read(join(folder, 'schema.yaml')) ?? '';
  const resource = JSON.parse(read(join(folder, 'input', '_resource.json')) ?? '{}') as unknown;
  const requests = read(join(folder, 'input', 'requests.jsonl'));
  const nesting = /^\s+max_nesting: (\d+)/m.exec(yaml)?.[1];
  return {
    name,
    inputs: requests === undefined ? readInputs(join(folder, 'input')) : [],
    hints: resourceHints(pythonValue(resource)),
    nesting: nesting === undefined ? undefined : Number(nesting),
    contract: contractFrom({ scenario, run: name, yaml, resource: pythonValue(resource) }),
    requests,
    expected: readExpected(folder, scenario),
  };
}

function readInputs(folder: string): readonly InputFile[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name[0] !== '_');
  const inputs = files.map((file): InputFile => {
    const [, resource = file.slice(0, -5), parentId] = /^(.+)_(\d+)\.json$/.exec(file) ?? [];
    return { resource, parentId, text: readFileSync(join(folder, file), 'utf8') };
  });
  return inputs.toSorted((left, right) =>
    (left.parentId ?? '').localeCompare(right.parentId ?? ''),
  );
}

function readExpected(folder: string, scenario: string): Expected {
  const columns = readColumns(folder, scenario);
  const result = read(join(folder, 'result.txt')) ?? '';
  const failed = /^(?:NOTE:.*\n)?EXCEPTION/.test(result);
  return {
    outcome: failed ? 'failed' : 'loaded',
    error: failed ? result : '',
    columns,
    rows: readRows(join(folder, 'tables')),
    counts: (JSON.parse(read(join(folder, 'row_counts.json')) ?? '{}') ?? {}) as Expected['counts'],
  };
}

function readColumns(folder: string, scenario: string): ExpectedColumns {
  const lines = readFileSync(join(folder, 'columns.tsv'), 'utf8').split('\n').slice(1);
  const columns = new Map<string, string[]>();
  for (const line of lines) {
    const [schema, table = '', , column, type, nullable] = line.split('\t');
    if (schema !== scenario || table.startsWith('_dlt_')) continue;
    columns.set(table, [...(columns.get(table) ?? []), [column, type, nullable].join(' ')]);
  }
  return columns;
}

function readRows(folder: string): ReadonlyMap<string, readonly string[]> | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => !name.startsWith('_dlt_'));
  return new Map(
    files.map((file) => [
      file.replace(/\.jsonl$/, ''),
      readFileSync(join(folder, file), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    ]),
  );
}

function read(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
