import { type JsonObject, serialize } from '../json.ts';
import { type Random, randomOf, unevenShares } from '../random.ts';
import { BRANCH_COMMITS, commitOf } from './commits.ts';
import type { Branch, Project, World, WorldSize } from './model.ts';
import { projectPath } from './ownership.ts';

const FIXED = [
  'ünïcode-straße',
  'fix/#42',
  'discount-10%',
  'emoji-🚀',
  'release/2.x',
  'a+b=c&d',
  'Großbuchstaben',
  '日本語',
] as const;
const PREFIXES = ['feature', 'fix', 'chore', 'dependabot/npm_and_yarn', 'renovate'] as const;

/** Spreads the branches over the projects that have a repository, each list sorted by name. */
export function fillBranches(size: WorldSize, projects: readonly Project[]): void {
  const random = randomOf(size.seed, 'branches');
  const owners = projects.filter((project) => project.defaultBranch !== null);
  const shares = unevenShares(size.branches, owners.length, random);
  for (const [index, project] of owners.entries()) {
    const names = branchNames(project, shares[index] ?? 0, random);
    for (const [number, name] of names.entries()) {
      project.branches.push({
        name,
        commit: BRANCH_COMMITS + number,
        isDefault: name === project.defaultBranch,
        merged: random.chance(0.2),
      });
    }
    project.branches.sort((one, other) => compareNames(one.name, other.name));
  }
}

function branchNames(project: Project, count: number, random: Random): readonly string[] {
  const names = new Set<string>();
  if (count > 0) names.add(project.defaultBranch ?? 'main');
  for (let index = 0; names.size < count; index += 1) {
    const fixed = index < FIXED.length && random.chance(0.5) ? FIXED[index] : undefined;
    names.add(
      fixed ?? `${random.pick(PREFIXES)}/ticket-${String(random.integer(1, 90))}-${random.hex(4)}`,
    );
  }
  return [...names];
}

/** Git's order of references: by bytes. */
export function compareNames(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** The position of a name in a sorted list, or where it would stand. */
export function branchPosition(branches: readonly Branch[], name: string): number {
  let low = 0;
  let high = branches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const branch = branches[middle];
    if (branch !== undefined && compareNames(branch.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the reader may push to the branch. */
export type PushRight = 'can push' | 'read only';

/** A branch as one reader sees it. */
export interface BranchView {
  readonly branch: Branch;
  readonly right: PushRight;
}

interface Text {
  readonly path: string;
  readonly right: PushRight;
  readonly text: Buffer;
}

const texts = new WeakMap<Branch, Text>();

/** The branch as bytes; made once per state of the branch and right to push. */
export function branchText(world: World, project: Project, view: BranchView): Buffer {
  const { branch, right } = view;
  const path = projectPath(world, project);
  const known = texts.get(branch);
  if (known?.path === path && known.right === right) return known.text;
  const text = Buffer.from(serialize(branchObject(world, project, view)));
  texts.set(branch, { path, right, text });
  return text;
}

/** The branch as GitLab lists it. */
export function branchObject(
  world: World,
  project: Project,
  { branch, right }: BranchView,
): JsonObject {
  return {
    name: branch.name,
    commit: commitOf(world, project, branch.commit).source,
    merged: branch.merged,
    protected: branch.isDefault || branch.name.startsWith('release/'),
    developers_can_push: false,
    developers_can_merge: branch.isDefault,
    can_push: right === 'can push',
    default: branch.isDefault,
    web_url: `${world.webUrl}/${projectPath(world, project)}/-/tree/${encodeURI(branch.name).replaceAll('#', '%23')}`,
  };
}
