import { isJsonObject, type JsonValue } from '../../functions/engine/model/json.ts';
import { readExact, writeExact } from '../../functions/engine/normalize/exactJson.ts';
import { normalizeIdentifier, normalizeKey } from '../../functions/engine/normalize/naming.ts';
import { rootShape } from '../../functions/engine/normalize/shape.ts';
import type { Compared } from './compared.ts';
import { editedRecord, type EditRow, type Edits, type Slot } from './rowEdits.ts';
import type { ScenarioRun } from './scenario.ts';
import { withInstants, withoutDeleted, withoutSystemColumns } from './views.ts';

/**
 * A difference that functions/engine/SPEC.md lists by its number. `rewritten` takes its cause out of a run, `viewed` its
 * effect out of the tables; whatever then still differs has another cause.
 */
export interface Purpose {
  readonly entry: number;
  readonly reason: string;
  /** Undefined where the run has nothing of the cause. */
  rewritten?(run: ScenarioRun): ScenarioRun | undefined;
  /** Undefined where the tables show nothing of the effect. */
  viewed?(compared: Compared): Compared | undefined;
}

/** dlt's own columns of rows, which a record may bring values for. */
const SYSTEM_KEYS: ReadonlySet<string> = new Set([
  '_dlt_id',
  '_dlt_load_id',
  '_dlt_root_id',
  '_dlt_parent_id',
  '_dlt_list_idx',
]);

/** The differences of SPEC.md that the contents of a scenario can show. */
export const PURPOSES: readonly Purpose[] = [
  {
    entry: 1,
    reason: 'dlt keeps the last of several keys that have one name; ours keeps every value',
    rewritten: (run) => edited(run, keepLast),
  },
  {
    entry: 4,
    reason: 'a variant column for texts is a timestamp in dlt where its first value looks like one',
    viewed: withInstants,
  },
  {
    entry: 6,
    reason: 'ids and links of rows are never taken from a record',
    rewritten: (run) => edited(run, dropSystemKeys),
    viewed: withoutSystemColumns,
  },
  {
    entry: 7,
    reason: 'equal rows of a scan are one version, and an empty scan ends every version',
    rewritten: asVersions,
  },
  {
    entry: 8,
    reason:
      'a row that says that it is deleted is never stored; dlt stores it where it has no such row',
    viewed: withoutDeleted,
  },
];

/** Inputs in which every row was edited; undefined where that changes nothing. Ids of content change with it. */
function edited(run: ScenarioRun, edit: EditRow): ScenarioRun | undefined {
  const changes: Edits[] = [];
  const noting: EditRow = (slots) => {
    const edits = edit(slots);
    if (edits.size > 0) changes.push(edits);
    return edits;
  };
  const inputs = run.inputs.map((file) => {
    const shape = rootShape(normalizeIdentifier(file.resource), run.nesting);
    const json = (value: JsonValue): string =>
      isJsonObject(value) ? editedRecord(value, shape, noting) : writeExact(value);
    const body = parsed(file.text);
    if (body === undefined) return file;
    return { ...file, text: Array.isArray(body) ? `[${body.map(json).join(',')}]` : json(body) };
  });
  if (changes.length === 0) return undefined;
  const isVersioned = run.hints.mergeStrategy === 'scd2';
  const hints = isVersioned ? { ...run.hints, ids: 'random' as const } : run.hints;
  return { ...run, inputs, hints };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return readExact(text);
  } catch {
    return undefined;
  }
}

/** The first of the keys of one name gets the value of the last, which is what dlt makes of them. */
function keepLast(slots: readonly Slot[]): Edits {
  const byName = new Map<string, Slot[]>();
  for (const slot of slots) byName.set(slot.name, [...(byName.get(slot.name) ?? []), slot]);
  const edits = new Map<Slot, JsonValue | undefined>();
  for (const same of byName.values()) {
    const [first, ...others] = same;
    const last = others.at(-1);
    if (first === undefined || last === undefined) continue;
    edits.set(first, last.value);
    for (const other of others) edits.set(other, undefined);
  }
  return edits;
}

function dropSystemKeys(slots: readonly Slot[]): Edits {
  const own = slots.filter(({ name }) => SYSTEM_KEYS.has(normalizeKey(name)));
  return new Map(own.map((slot) => [slot, undefined]));
}

/** Equal versions of dlt once; scans without rows, on which dlt does nothing, left out. */
function asVersions(run: ScenarioRun): ScenarioRun | undefined {
  if (run.hints.mergeStrategy !== 'scd2') return undefined;
  const inputs = run.inputs.filter(({ text }) => text.trim() !== '[]');
  const { rows } = run.expected;
  if (rows === undefined) return { ...run, inputs };
  const once = new Map([...rows].map(([table, lines]) => [table, distinct(lines)]));
  return { ...run, inputs, expected: { ...run.expected, rows: once } };
}

function distinct(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
