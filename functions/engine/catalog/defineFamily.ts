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

/** Fills in what the author left out. The only place where defaults of a resource are decided. */
function withDefaults(id: string, family: string, input: ResourceInput): ResourceSpec {
  const bind = input.bind ?? {};
  return {
    id,
    family,
    path: input.path,
    replaces: input.replaces ?? [],
    table: input.table,
    bind,
    query: input.query ?? {},
    adminQuery: input.adminQuery ?? {},
    memberQuery: input.memberQuery ?? {},
    primaryKey: input.primaryKey,
    keep: keptParameters(bind, input),
    pagination: input.pagination ?? 'unpaged',
    ...(input.graphql === undefined ? {} : { graphql: input.graphql }),
    cursor: input.cursor ?? { kind: 'full' },
    writeDisposition: input.writeDisposition ?? 'merge',
    on: input.on ?? 'schedule',
    access: input.access ?? 'any',
    absent: input.absent ?? {},
    secretFields: input.secretFields ?? [],
    splits: input.splits ?? [],
    ...(input.discovers === undefined ? {} : { discovers: input.discovers }),
  };
}

function keptParameters(bind: Readonly<Record<string, Binding>>, input: ResourceInput): readonly string[] {
  const kept = new Set(input.keep);
  return Object.entries(bind)
    .filter(([name, { from }]) => from === 'each' || input.primaryKey.includes(name) || kept.has(name))
    .map(([name]) => name);
}
