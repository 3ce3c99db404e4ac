import { existing, type Project, type World } from './model.ts';
import { projectPath } from './ownership.ts';
import { touch } from './touch.ts';

/** Moves a project to another group; its id stays. */
export function transferProject(world: World, projectId: number, groupId: number): void {
  const project = existing(world.projects, projectId);
  world.formerPaths.set(projectPath(world, project), projectId);
  replace(world, { ...project, groupId });
}

/** Marks a project for deletion on a day. */
export function markForDeletion(
  world: World,
  projectId: number,
  markedForDeletionOn: string,
): void {
  replace(world, { ...existing(world.projects, projectId), markedForDeletionOn });
}

/** Switches features of a project off; those that are not named are on. */
export function setDisabledFeatures(
  world: World,
  projectId: number,
  disabledFeatures: readonly string[],
): void {
  replace(world, { ...existing(world.projects, projectId), disabledFeatures });
}

function replace(world: World, project: Project): void {
  const updatedAt = touch(world);
  world.projects.set(project.id, { ...project, updatedAt, lastActivityAt: updatedAt });
}
