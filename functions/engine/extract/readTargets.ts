import type { Page } from '../model/page.ts';
import type {
  PartitionTask,
  Position,
  ScanToken,
  StoredTarget,
  Target,
} from '../model/position.ts';
import type { CursorPage } from './cursors/cursorPage.ts';
import { readByCursor } from './cursors/readByCursor.ts';
import { type GoneTargets, watchGone } from './goneTargets.ts';
import type { Marks } from './marks.ts';
import type { PagePorts } from './ports.ts';
import { concatAhead } from './prefetch.ts';
import { openTargetScan } from './scan.ts';
import { hasManyTargets, isReachable, isSameTarget, pathFor, targetsOf } from './targets.ts';

/** Targets whose first page is asked for before the current target is read to its end. */
const TARGETS_AHEAD = 3;

/**
 * Reads every target of a partition one after the other; `marks` gathers what the scan leaves behind. Targets below rows
 * that GitLab has no longer are left out.
 */
export async function* readTargets(
  task: PartitionTask,
  ports: PagePorts,
  marks: Marks,
): AsyncGenerator<Page, void, undefined> {
  const gone = watchGone(task, ports);
  try {
    yield* readEach(task, ports, { marks, gone });
    gone.settle();
  } finally {
    gone.tell();
  }
}

interface Watching {
  readonly marks: Marks;
  readonly gone: GoneTargets;
}

async function* readEach(
  task: PartitionTask,
  ports: PagePorts,
  { marks, gone }: Watching,
): AsyncGenerator<Page, void, undefined> {
  const many = hasManyTargets(task.resource);
  const open = (stored: StoredTarget): AsyncGenerator<TargetPage, void, undefined> =>
    readTarget(task, ports, { stored, gone });
  let finished = task.token?.after;
  for await (const ahead of concatAhead(reachable(task, ports), open, TARGETS_AHEAD)) {
    const { isLastInput, output } = ahead;
    const { target } = ahead.input;
    const { read, token: following } = output;
    const isDone = following === undefined;
    marks.see(read.records);
    if (isDone) finished = target;
    const where = many ? placeOf(finished, isDone ? undefined : target) : {};
    const token = { ...where, ...marks.inToken(), ...following };
    const position: Position =
      isDone && isLastInput ? { at: 'end', cursor: marks.atEnd() } : { at: 'page', token };
    yield output.page(position);
  }
}

interface TargetPage extends CursorPage {
  readonly page: (position: Position) => Page;
}

async function* readTarget(
  task: PartitionTask,
  ports: PagePorts,
  { stored, gone }: { readonly stored: StoredTarget; readonly gone: GoneTargets },
): AsyncGenerator<TargetPage, void, undefined> {
  const scan = openTargetScan(task, stored, ports);
  try {
    for await (const page of readByCursor(scan, tokenFor(task, stored.target))) {
      gone.answered();
      yield { ...page, page: (position) => scan.page(page.read, position) };
    }
  } catch (error) {
    await gone.excuse(stored.target, error);
  }
}

/** The token's page, if it belongs to this target: targets may have come and gone since it was stored. */
function tokenFor({ resource, token }: PartitionTask, target: Target): ScanToken | undefined {
  if (token === undefined || !hasManyTargets(resource)) return token;
  return token.within !== undefined && isSameTarget(token.within, target) ? token : undefined;
}

function placeOf(after: Target | undefined, within: Target | undefined): ScanToken {
  return {
    ...(after === undefined ? {} : { after }),
    ...(within === undefined ? {} : { within }),
  };
}

/** Leaves out targets that no path can name, and says so. */
async function* reachable(task: PartitionTask, ports: PagePorts): AsyncGenerator<StoredTarget> {
  for await (const stored of targetsOf(task, ports)) {
    const { target } = stored;
    if (task.resource.graphql !== undefined || isReachable(pathFor(task.resource, target))) {
      yield stored;
      continue;
    }
    ports.leftOut?.();
    ports.report({
      event: 'problem',
      code: 'NOTICE',
      resource: task.resource.id,
      partition: task.partition,
      message: `'${task.resource.path}' was not read for ${JSON.stringify(target)}: no path names it.`,
    });
  }
}
