import type { RunEvent } from '../model/events.ts';

const LASTING: ReadonlySet<RunEvent['event']> = new Set([
  'package-committed',
  'partition-finished',
  'rows-deleted',
  'access-gap',
]);

/** Whether an event tells of something that later invocations find; a partition that failed is left alone for a while. */
export function isProgress(event: RunEvent): boolean {
  return event.event === 'problem' ? event.partition !== undefined : LASTING.has(event.event);
}
