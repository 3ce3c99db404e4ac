import type { World } from './model.ts';

/** Marks the world as changed and moves its clock on by a second; returns the new time. */
export function touch(world: World): number {
  world.clock.version += 1;
  world.clock.milliseconds += 1000;
  world.memo.clear();
  return world.clock.milliseconds;
}
