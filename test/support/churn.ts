import { type Random, randomOf } from './gitlab/random.ts';
import { deleteRow, insertRow, rowsIn, updateRow } from './gitlab/shelves/mutations.ts';
import type { World } from './gitlab/world/model.ts';
import {
  deleteBranch,
  deleteJob,
  finishJob,
  insertBranch,
  insertJob,
  moveBranch,
} from './gitlab/world/mutations.ts';

/** Changes a world a little with each strike. */
export interface Churn {
  readonly strike: () => void;
  readonly strikes: () => number;
}

/** One kind of row that changes, in one project. */
interface Kind {
  readonly rows: (world: World, project: number) => readonly (string | number)[];
  readonly update: (world: World, project: number, row: never, note: string) => unknown;
  readonly remove: (world: World, project: number, row: never) => unknown;
  readonly insert: (world: World, project: number, note: string) => unknown;
}

/** The kinds by the resource that loads them. */
const KINDS: Readonly<Record<string, Kind>> = {
  jobs: {
    rows: (world, project) => projectOf(world, project).jobs.map(({ id }) => id),
    update: (world, _, id: number) => finishJob(world, id, 'failed'),
    remove: (world, _, id: number) => {
      deleteJob(world, id);
    },
    insert: (world, project) => insertJob(world, project),
  },
  branches: {
    rows: (world, project) =>
      projectOf(world, project).branches.flatMap(({ name, isDefault }) => (isDefault ? [] : name)),
    update: (world, project, name: string) => moveBranch(world, project, name),
    remove: (world, project, name: string) => {
      deleteBranch(world, project, name);
    },
    insert: (world, project, note) => insertBranch(world, project, note),
  },
  issues: onShelf('issues', (title) => ({ title })),
  merge_requests: onShelf('merge_requests', (title) => ({ title })),
  pipelines: onShelf('pipelines', (name) => ({ name })),
  project_labels: onShelf('project_labels', (description) => ({ description })),
};

/** Rows of a place that are too few to lose one. */
const FEW = 12;

/**
 * Each strike makes five updates, two deletions and one insertion among jobs, branches, issues, merge requests, pipelines
 * and labels, drawn from a seed.
 */
export function startChurn(world: World, seed: number): Churn {
  let strikes = 0;
  const change = (random: Random, what: 'update' | 'remove' | 'insert', note: string): void => {
    const project = random.pick([...world.projects.keys()]);
    const kind = KINDS[random.pick(Object.keys(KINDS))];
    const rows = kind?.rows(world, project) ?? [];
    if (kind === undefined || (what === 'remove' && rows.length < FEW)) return;
    if (what === 'insert') kind.insert(world, project, note);
    else kind[what](world, project, random.pick(rows) as never, note);
  };
  return {
    strikes: () => strikes,
    strike: () => {
      strikes += 1;
      const random = randomOf(seed, 'churn', strikes);
      const steps = [
        'update',
        'remove',
        'update',
        'insert',
        'update',
        'remove',
        'update',
        'update',
      ];
      for (const [index, step] of steps.entries()) {
        change(random, step as 'update', `churned-${strikes.toString()}-${index.toString()}`);
      }
    },
  };
}

/** Every row that churns and that the world has now, as `jobs 3 17` and `branches 3 main`: resource, project, row. */
export function churningRows(world: World): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [name, kind] of Object.entries(KINDS)) {
    for (const project of world.projects.keys()) {
      for (const row of kind.rows(world, project))
        found.add(`${name} ${project.toString()} ${row.toString()}`);
    }
  }
  return found;
}

function onShelf(name: string, change: (note: string) => Readonly<Record<string, string>>): Kind {
  return {
    rows: (world, project) => rowsIn(world, name, project).map(({ id }) => id),
    update: (world, where, id: number, note) => updateRow(world, { name, where, id }, change(note)),
    remove: (world, where, id: number) => deleteRow(world, { name, where, id }),
    insert: (world, where, note) => insertRow(world, name, where, change(note)),
  };
}

function projectOf(world: World, id: number) {
  const project = world.projects.get(id);
  if (project === undefined) throw new RangeError(`the world has no project ${id.toString()}`);
  return project;
}
