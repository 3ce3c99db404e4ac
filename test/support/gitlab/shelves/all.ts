import { issues } from './issues.ts';
import { groupLabels, projectLabels } from './labels.ts';
import { mergeRequests } from './mergeRequests.ts';
import { pipelines } from './pipelines.ts';
import type { Shelf } from './shelf.ts';

/** Every shelf; a shelf stands after the one that it is below. */
export const SHELVES: readonly Shelf[] = [
  issues,
  mergeRequests,
  pipelines,
  projectLabels,
  groupLabels,
];

/** The shelf with this name. */
export function shelfNamed(name: string): Shelf {
  const shelf = SHELVES.find((candidate) => candidate.name === name);
  if (shelf === undefined) throw new RangeError(`there is no shelf '${name}'`);
  return shelf;
}
