import type { Page } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import { readNewestFirst } from './newestFirst.ts';
import type { PagePorts } from './ports.ts';
import { prefetch } from './prefetch.ts';
import { readTargets } from './readTargets.ts';
import { emptyPage, openTargetScan } from './scan.ts';
import { targetsOf } from './targets.ts';

/** Pages fetched while the consumer works on an earlier one: partitions side by side keep GitLab busy, not this. */
const PAGES_AHEAD = 1;

/**
 * Reads a partition from where its token stands, in order; the last page, and only that, has the position
 * `end`. Leaving the loop or aborting the signal ends the requests under way.
 */
export async function* readPages(
  task: PartitionTask,
  ports: PagePorts,
): AsyncGenerator<Page, void, undefined> {
  const leaving = new AbortController();
  const follow = (): void => {
    leaving.abort(ports.signal.reason);
  };
  ports.signal.throwIfAborted();
  ports.signal.addEventListener('abort', follow, { once: true });
  const pages = readToEnd(task, { ...ports, signal: leaving.signal });
  try {
    yield* prefetch(pages, {
      ahead: PAGES_AHEAD,
      stop: () => {
        leaving.abort();
      },
    });
  } finally {
    ports.signal.removeEventListener('abort', follow);
  }
}

/** Adds the end that is missing when the last requests had nothing to say. */
async function* readToEnd(
  task: PartitionTask,
  ports: PagePorts,
): AsyncGenerator<Page, void, undefined> {
  let last: Page | undefined;
  let cursor = task.token === undefined ? undefined : task.token.mark;
  if (task.resource.cursor.kind !== 'newest-first' && task.token === undefined) {
    cursor = await ports.destination.cursorAtEnd(task);
  }
  for await (const page of readPartition(task, ports, cursor)) {
    last = page;
    yield page;
  }
  if (last?.position.at === 'end') return;
  yield emptyPage(task, {
    at: 'end',
    cursor: last?.position.token.mark ?? cursor ?? fallback(task),
  });
}

/** Nothing new was seen, so a newest-first list keeps its cursor. */
function fallback({ resource, cursor }: PartitionTask): string | undefined {
  return resource.cursor.kind === 'newest-first' ? cursor : undefined;
}

async function* readPartition(
  task: PartitionTask,
  ports: PagePorts,
  cursorAtEnd: string | undefined,
): AsyncGenerator<Page, void, undefined> {
  const { cursor } = task.resource;
  if (cursor.kind !== 'newest-first') {
    yield* readTargets(task, ports, cursorAtEnd);
    return;
  }
  // Such a list is the partition's only target: what its token is after is a row, not a target.
  for await (const stored of targetsOf({ ...task, token: undefined }, ports)) {
    yield* readNewestFirst(openTargetScan(task, stored, ports), cursor);
  }
}
