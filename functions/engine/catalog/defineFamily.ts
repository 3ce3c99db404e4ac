import type { Binding, Family, ResourceSpec } from '../model/resource.ts';
import type { CheckFamily, ResourceInput } from './check.ts';

/**
 * Makes a family out of one object per resource. Parents, parameters, keys and cursors that do not
 * exist fail to compile with a sentence.
 */
export function defineFamily<const R extends Readonly<Record<string, ResourceInput>>>(
  id: string,
  resources: R & CheckFamily<R>,
): Family & { readonly resources: { readonly [K in keyof R]: ResourceSpec } } {
  const specs: Record<string, ResourceSpec> = {};
  for (const [name, input] of Object.entries<ResourceInput>(resources)) {
    specs[name] = withDefaults(name, id, input);
  }
  return { id, resources: specs as { readonly [K in keyof R]: ResourceSpec } };
}

/** What holds for a resource that does not say otherwise. */
const DEFAULTS = {
  replaces: [],
  bind: {},
  query: {},
  adminQuery: {},
  memberQuery: {},
  pagination: 'unpaged',
  cursor: { kind: 'full' },
  dueBy: 'schedule',
  writeDisposition: 'merge',
  on: 'schedule',
  access: 'any',
  absent: {},
  secretFields: [],
  splits: [],
} as const satisfies Partial<ResourceSpec>;

function withDefaults(id: string, family: string, input: ResourceInput): ResourceSpec {
  const given: Omit<ResourceInput, 'record'> & { record?: unknown } = { ...input };
  delete given.record;
  return { ...DEFAULTS, ...given, id, family, keep: keptParameters(input.bind ?? {}, input) };
}

function keptParameters(
  bind: Readonly<Record<string, Binding>>,
  input: ResourceInput,
): readonly string[] {
  const kept = new Set(input.keep);
  return Object.entries(bind)
    .filter(
      ([name, { from }]) => from === 'each' || input.primaryKey.includes(name) || kept.has(name),
    )
    .map(([name]) => name);
}
