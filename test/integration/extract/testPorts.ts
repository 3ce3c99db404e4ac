import type { GitlabOptions } from '../../../functions/engine/extract/client.ts';
import { readPages } from '../../../functions/engine/extract/pages.ts';
import type { DestinationReader, PagePorts } from '../../../functions/engine/extract/ports.ts';
import type { RunEvent } from '../../../functions/engine/model/events.ts';
import type { Page } from '../../../functions/engine/model/page.ts';
import type { PartitionTask, Position } from '../../../functions/engine/model/position.ts';
import { openTestClient } from './testClient.ts';

/** A destination that holds nothing. */
export const EMPTY_DESTINATION: DestinationReader = {
  async *targets() {
    await Promise.resolve();
    yield* [];
  },
  cursorAtEnd: () => Promise.resolve(undefined),
  unfinished: () => Promise.resolve([]),
  createdAt: () => Promise.resolve(undefined),
};

/** Ports to a server, with an empty destination unless the test has another. */
export function portsTo(
  baseUrl: string,
  changes: Partial<PagePorts> = {},
  options: Partial<GitlabOptions> = {},
): PagePorts & { readonly events: readonly RunEvent[] } {
  const events: RunEvent[] = [];
  return {
    client: openTestClient(baseUrl, options).client,
    destination: EMPTY_DESTINATION,
    report: (event) => {
      events.push(event);
    },
    signal: new AbortController().signal,
    isAdmin: false,
    settings: { dictionaryTables: [], overlapMinutes: 10 },
    asOf: new Date(),
    events,
    ...changes,
  };
}

/** The ids of the records of every page. */
export function idsOf(pages: readonly Page[]): readonly unknown[] {
  return pages.flatMap(({ records }) => records.map(({ id }) => id));
}

/** Where the scan stands after each page. */
export function positionsOf(pages: readonly Page[]): readonly Position[] {
  return pages.map(({ position }) => position);
}

/**
 * Reads a partition one page per invocation, as a run does that is killed after every commit; ends when the
 * scan does.
 */
export async function readWithRestarts(
  task: PartitionTask,
  ports: PagePorts,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let next: PartitionTask | undefined = task;
  while (next !== undefined) {
    const page = await firstPage(next, ports);
    pages.push(page);
    const { position } = page;
    next = position.at === 'end' ? undefined : { ...task, token: position.token };
  }
  return pages;
}

/** The first page alone; what follows is left. */
export async function firstPage(task: PartitionTask, ports: PagePorts): Promise<Page> {
  for await (const page of readPages(task, ports)) return page;
  throw new Error('The scan yielded no page.');
}
