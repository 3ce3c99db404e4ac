import { LoaderError } from '../model/errors.ts';
import type { PartitionTask, Target } from '../model/position.ts';
import { type Binding, type ResourceSpec, scopeOf } from '../model/resource.ts';
import { type RowValues, singleColumns, singlePath } from '../model/singlePath.ts';
import { askForRow, isVisible } from './confirm.ts';
import type { PagePorts } from './ports.ts';
import { judge } from './status.ts';
import { hasManyTargets, isReachable, pathFor } from './targets.ts';

/** What becomes of the targets that GitLab refuses while it answers others of their partition. */
export interface GoneTargets {
  /** Some target was answered. */
  answered(): void;
  /** Returns when a target was refused because what it stands below is gone; every other error is thrown again. */
  excuse(target: Target, error: unknown): Promise<void>;
  /** At the end of the scan: throws the first refusal when nothing was answered and nothing proves that it was right. */
  settle(): void;
  /** Says how many targets were left out. */
  tell(): void;
}

/**
 * Watches the targets of one scan. A row that was deleted in GitLab is stored until a sweep finds it, and what is asked
 * for below it is refused meanwhile: that speaks against this target alone.
 */
export function watchGone(task: PartitionTask, ports: PagePorts): GoneTargets {
  const { resource, partition } = task;
  const parent = parentOf(resource, ports);
  const gone: Target[] = [];
  let unproved: LoaderError | undefined;
  let hasAnswered = task.token !== undefined;
  let listing: Promise<boolean> | undefined;

  const isListed = (list: string): Promise<boolean> => {
    listing ??= isAnswered(ports, list);
    return listing;
  };
  const standing = async (target: Target, status: unknown): Promise<Standing> => {
    const proof = parent === undefined ? undefined : proofOf(parent, resource, target);
    if (proof === undefined) {
      const owner = { scope: scopeOf(resource), partition };
      if (status !== 404) return 'refused';
      return (await isVisible(ports.client, owner, ports.signal)) ? 'unproved' : 'refused';
    }
    if ((await askForRow(ports.client, proof.row, ports.signal)) === 'there') return 'refused';
    return (await isListed(proof.list)) ? 'gone' : 'refused';
  };

  return {
    answered: () => {
      hasAnswered = true;
    },
    async excuse(target, error) {
      const isRefusal = error instanceof LoaderError && error.code === 'E_GITLAB_FORBIDDEN';
      if (!isRefusal || !hasManyTargets(resource)) throw error;
      const found = await standing(target, error.details['status']);
      if (found === 'refused') throw error;
      if (found === 'unproved') unproved ??= error;
      gone.push(target);
      ports.leftOut?.();
    },
    settle() {
      if (unproved !== undefined && !hasAnswered) throw unproved;
    },
    tell: () => {
      tellGone(task, ports, gone);
    },
  };
}

/** `unproved`: nothing but the refusal itself tells, which counts when others are answered. */
type Standing = 'gone' | 'unproved' | 'refused';

function parentOf({ bind }: ResourceSpec, { resources }: PagePorts): ResourceSpec | undefined {
  const binding = Object.values(bind).find(({ from }) => from === 'parent');
  return binding?.from === 'parent' ? resources?.get(binding.resource) : undefined;
}

interface Proof {
  /** The path of the row above the target. */
  readonly row: string;
  /** The list that such rows are in: what refuses that too has not lost one row. */
  readonly list: string;
}

function proofOf(parent: ResourceSpec, resource: ResourceSpec, target: Target): Proof | undefined {
  const row = rowAbove(resource.bind, target);
  const path = singlePath(parent, row);
  const names = [...parent.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const isKnown = [...names, ...singleColumns(parent)].every((name) => row[name] !== undefined);
  if (path === undefined || parent.graphql !== undefined || !isKnown) return undefined;
  const list = pathFor(parent, row as Target);
  return isReachable(list) ? { row: path, list: `${list}?per_page=1` } : undefined;
}

/** What a target tells of the row that it stands below. */
function rowAbove(bind: Readonly<Record<string, Binding>>, target: Target): RowValues {
  const fields = Object.entries(bind).flatMap(([name, binding]) =>
    binding.from === 'parent' ? [[binding.field, target[name]] as const] : [],
  );
  return { ...target, ...Object.fromEntries(fields) };
}

async function isAnswered({ client, signal }: PagePorts, list: string): Promise<boolean> {
  const refusals = { 403: 'refused', 404: 'refused' } as const;
  return judge(await client.get(list, { signal }), refusals) === 'records';
}

function tellGone(
  { resource, partition }: PartitionTask,
  { report, noticed }: PagePorts,
  gone: readonly Target[],
): void {
  const [first] = gone;
  const key = `${resource.id} ${partition} gone`;
  if (first === undefined || noticed?.has(key) === true) return;
  noticed?.add(key);
  const more = gone.length > 1 ? ` and ${String(gone.length - 1)} more` : '';
  report({
    event: 'problem',
    code: 'NOTICE',
    resource: resource.id,
    partition,
    message: `'${pathFor(resource, first)}'${more} was not read: GitLab has no longer what it stands below.`,
  });
}
