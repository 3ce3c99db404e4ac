import type { PartitionTask, StoredTarget, Target } from '../model/position.ts';
import type { Binding, ResourceSpec } from '../model/resource.ts';
import type { PagePorts } from './ports.ts';

interface Ports {
  readonly destination: Pick<PagePorts['destination'], 'targets'>;
  readonly settings: Pick<PagePorts['settings'], 'dictionaryTables'>;
}

/** True when a partition of this resource takes several requests, one for each target. */
export function hasManyTargets(resource: ResourceSpec): boolean {
  return bindingsOf(resource).some(([, { from }]) => from !== 'each' && from !== 'full-path');
}

/**
 * The targets of a partition after `task.token.after`, in an order that does not change: listed values and
 * settings in the order in which they are written, below each of them the stored values.
 */
export async function* targetsOf(task: PartitionTask, ports: Ports): AsyncGenerator<StoredTarget> {
  const { resource, token } = task;
  const scope = scopeTarget(task);
  const constants = constantTargets(resource, ports.settings);
  const after = token?.after;
  const begin = after === undefined ? -1 : constants.findIndex((target) => isWithin(target, after));
  for (const [index, constant] of constants.entries()) {
    if (index < begin) continue;
    if (!isStored(resource)) {
      if (index > begin || after === undefined) yield { target: { ...scope, ...constant } };
      continue;
    }
    const rest = index === begin ? task : { ...task, token: undefined };
    for await (const stored of ports.destination.targets(rest)) {
      yield { ...stored, target: { ...scope, ...constant, ...stored.target } };
    }
  }
}

/** The path below the API with its parameters filled in and encoded. */
export function pathFor({ path }: ResourceSpec, target: Target): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(target[name] ?? ''));
}

/** False when a name is `.` or `..`: such a path means another place, however it is encoded. */
export function isReachable(path: string): boolean {
  const [, ...segments] = path.split('/');
  return !segments.some((segment) => segment === '.' || segment === '..' || segment === '');
}

/** The resource's own query parameters for one target. */
export function queryFor(
  { query, adminQuery, memberQuery }: ResourceSpec,
  target: Target,
  isAdmin: boolean,
): URLSearchParams {
  const wanted = { ...query, ...(isAdmin ? adminQuery : memberQuery) };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    const bound = /^\{(\w+)\}$/.exec(value)?.[1];
    parameters.append(name, bound === undefined ? value : String(target[bound] ?? ''));
  }
  return parameters;
}

/** The values of a target that become columns of its rows. */
export function keptColumns({ keep }: ResourceSpec, target: Target): Target {
  const kept: Record<string, string | number> = {};
  for (const name of keep) {
    const value = target[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** True when both name the same target. */
export function isSameTarget(left: Target, right: Target): boolean {
  return Object.keys(left).length === Object.keys(right).length && isWithin(left, right);
}

function isWithin(part: Target, whole: Target): boolean {
  return Object.entries(part).every(([name, value]) => whole[name] === value);
}

function bindingsOf({ bind }: ResourceSpec): readonly (readonly [string, Binding])[] {
  return Object.entries(bind);
}

function isStored(resource: ResourceSpec): boolean {
  return bindingsOf(resource).some(
    ([, { from }]) => from === 'parent' || from === 'known' || from === 'full-path',
  );
}

function scopeTarget({ resource, partition }: PartitionTask): Target {
  const name = bindingsOf(resource).find(([, { from }]) => from === 'each')?.[0];
  if (name === undefined) return {};
  const id = Number(partition);
  return { [name]: Number.isSafeInteger(id) && partition !== '' ? id : partition };
}

/** Every combination of listed values; the two parts of a setting's pairs stay together. */
function constantTargets(resource: ResourceSpec, settings: Ports['settings']): readonly Target[] {
  let targets: readonly Target[] = [{}];
  const pairs: Record<string, 0 | 1> = {};
  for (const [name, binding] of bindingsOf(resource)) {
    if (binding.from === 'values') {
      targets = product(
        targets,
        binding.values.map((value) => ({ [name]: value })),
      );
    }
    if (binding.from === 'setting') pairs[name] = binding.part;
  }
  if (Object.keys(pairs).length === 0) return targets;
  return product(
    targets,
    settings.dictionaryTables.map((pair) => targetOfPair(pairs, pair)),
  );
}

function targetOfPair(
  parts: Readonly<Record<string, 0 | 1>>,
  pair: readonly [string, string],
): Target {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, pair[part]]));
}

function product(left: readonly Target[], right: readonly Target[]): readonly Target[] {
  return left.flatMap((one) => right.map((other) => ({ ...one, ...other })));
}
