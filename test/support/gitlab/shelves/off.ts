import { type Refusal,refuse } from '../reply.ts';
import type { Place, Shelf } from './shelf.ts';

/** Refuses a feature that every so many projects have switched off. */
export function offInEvery(every: number, status: 403 | 404): NonNullable<Shelf['refusal']> {
  return ({ project }: Place): Refusal | undefined =>
    project !== undefined && project.id % every === 1 ? refusalOf(status) : undefined;
}

/** Refuses what a group below this path has not paid for. */
export function unpaidBelow(path: string, status: 403 | 404): NonNullable<Shelf['refusal']> {
  return ({ group }: Place): Refusal | undefined =>
    group?.fullPath.startsWith(path) === true ? refusalOf(status) : undefined;
}

function refusalOf(status: 403 | 404): Refusal {
  return refuse(status, status === 403 ? '403 Forbidden' : '404 Not Found');
}
