import type { Page } from '../model/page.ts';
import type { PartitionTask, ScanToken } from '../model/position.ts';
import { fixedMarks, isTimeCursor, type Marks, timeMarks } from './marks.ts';
import { type NewestFirst, readNewestFirst } from './newestFirst.ts';
import type { PagePorts } from './ports.ts';
import { prefetch } from './prefetch.ts';
import { readTargets } from './readTargets.ts';
import { openRequestGate } from './requestGate.ts';
import { emptyPage, openTargetScan } from './scan.ts';
import { targetsOf } from './targets.ts';

/** Pages fetched while the consumer works on an earlier one: partitions side by side keep GitLab busy, not this. */
const PAGES_AHEAD = 1;

/**
 * Reads a partition from where its token stands, in order; the last page, and only that, has the position
 * `end`. Ends without it once `mayAsk` says no, behind the pages that have been asked for; only first pages of later targets
 * may be asked for in vain. Leaving the loop or aborting the signal ends the requests under way.
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
  const gate = openRequestGate(ports);
  const pages = readToEnd(task, { ...ports, client: gate.client, signal: leaving.signal });
  try {
    yield* prefetch(gate.watch(pages), {
      ahead: PAGES_AHEAD,
      stop: () => {
        leaving.abort();
      },
    });
  } catch (error) {
    ports.signal.throwIfAborted();
    if (!gate.isRefusal(error)) throw error;
  } finally {
    ports.signal.removeEventListener('abort', follow);
  }
}

/** Adds the end that is missing when the last requests had nothing to say. */
async function* readToEnd(
  task: PartitionTask,
  ports: PagePorts,
): AsyncGenerator<Page, void, undefined> {
  const { cursor } = task.resource;
  if (cursor.kind === 'newest-first') {
    // Nothing new was seen, so such a list keeps its cursor.
    yield* withEnd(task, readByIds(task, cursor, ports), (token) => token?.mark ?? task.cursor);
    return;
  }
  const { marks, client } = await marksOf(task, ports);
  yield* withEnd(task, readTargets(task, { ...ports, client }, marks), () => marks.atEnd());
}

async function* withEnd(
  task: PartitionTask,
  pages: AsyncGenerator<Page, void, undefined>,
  cursorAtEnd: (token: ScanToken | undefined) => string | undefined,
): AsyncGenerator<Page, void, undefined> {
  let { token } = task;
  for await (const page of pages) {
    yield page;
    if (page.position.at === 'end') return;
    ({ token } = page.position);
  }
  yield emptyPage(task, { at: 'end', cursor: cursorAtEnd(token) });
}

async function marksOf(
  task: PartitionTask,
  ports: PagePorts,
): Promise<{ readonly marks: Marks; readonly client: PagePorts['client'] }> {
  const { resource, token } = task;
  if (isTimeCursor(resource.cursor)) return timeMarks(task, resource.cursor, ports);
  const mark = token === undefined ? await ports.destination.cursorAtEnd(task) : token.mark;
  return { marks: fixedMarks(mark), client: ports.client };
}

async function* readByIds(
  task: PartitionTask,
  cursor: NewestFirst,
  ports: PagePorts,
): AsyncGenerator<Page, void, undefined> {
  // Such a list is the partition's only target: what its token is after is a row, not a target.
  for await (const stored of targetsOf({ ...task, token: undefined }, ports)) {
    yield* readNewestFirst(openTargetScan(task, stored, ports), cursor);
  }
}
