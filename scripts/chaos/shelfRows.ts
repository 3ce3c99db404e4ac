import type { Random } from '../../test/support/gitlab/random.ts';
import {
  deleteRow,
  insertRow,
  rowsIn,
  touchRows,
  updateRow,
} from '../../test/support/gitlab/shelves/mutations.ts';
import type { World } from '../../test/support/gitlab/world/model.ts';

/** What is read by change, and what is read whole; both are swept. */
export const SHELVES = ['issues', 'project_labels'] as const;

/** Rows that every project has more than its world began with: more than a page of one instant, and a few. */
const MORE = { issues: 30, project_labels: 8 } as const;

/** Rows of a place that are too few to lose one. */
const FEW = 5;

/** Gives every project issues that changed at the same instant, and labels. */
export function addShelfRows(world: World): void {
  for (const project of world.projects.keys()) {
    for (const shelf of SHELVES)
      for (let row = 0; row < MORE[shelf]; row += 1) insertRow(world, shelf, project);
    changeTogether(world, project);
  }
}

/** What may happen to the issues and labels of a project. */
export function shelfChanges(
  world: World,
  project: number,
  random: Random,
): readonly (() => void)[] {
  const name = random.pick(SHELVES);
  const rows = rowsIn(world, name, project);
  const { id } = random.pick(rows);
  const row = { name, where: project, id };
  return [
    () => void insertRow(world, name, project),
    () => void updateRow(world, row, { description: `changed ${world.clock.version.toString()}` }),
    () => {
      if (rows.length > FEW) deleteRow(world, row);
    },
    () => {
      changeTogether(world, project);
    },
  ];
}

function changeTogether(world: World, project: number): void {
  const ids = rowsIn(world, 'issues', project).map(({ id }) => id);
  touchRows(world, 'issues', project, ids);
}

/** The rows that the world has now, as `issues 17` and `project_labels 3`. */
export function shelfRows(world: World): ReadonlySet<string> {
  const found = new Set<string>();
  for (const name of SHELVES) {
    for (const project of world.projects.keys())
      for (const { id } of rowsIn(world, name, project)) found.add(`${name} ${id.toString()}`);
  }
  return found;
}
