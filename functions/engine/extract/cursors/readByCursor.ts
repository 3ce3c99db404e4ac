import type { ScanToken } from '../../model/position.ts';
import type { TimeCursor } from '../../model/resource.ts';
import { readInstant } from '../instants.ts';
import { isTimeCursor } from '../marks.ts';
import { type TargetScan, tokenAfter } from '../scan.ts';
import { readChangedSince, readNewestChangedFirst } from './changedSince.ts';
import type { CursorPages } from './cursorPage.ts';
import { readWalking } from './walking.ts';
import { readWindowed } from './windowed.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Reads one target as the cursor of its resource says, from its beginning or from where a token stands. */
export function readByCursor(scan: TargetScan, from: ScanToken | undefined): CursorPages {
  const { cursor } = scan.task.resource;
  return isTimeCursor(cursor) ? readByTime(scan, cursor, from) : readWhole(scan, from);
}

function readByTime(
  scan: TargetScan,
  cursor: TimeCursor,
  from: ScanToken | undefined,
): CursorPages {
  const { task, ports } = scan;
  const known = readInstant(task.cursor);
  const since = known === undefined ? undefined : known - ports.settings.overlapMinutes * MINUTE;
  switch (cursor.kind) {
    case 'walking':
      return readWalking(scan, { ...cursor, since }, from);
    case 'newest-changed-first':
      return readNewestChangedFirst(scan, { ...cursor, since }, from);
    case 'changed-since':
      return readChangedSince(scan, { ...cursor, since }, from);
    case 'windowed': {
      const createdAt = async () => readInstant(await ports.destination.createdAt(task));
      const begin = since === undefined ? undefined : since - DAY;
      return readWindowed(scan, { cursor, since: begin, createdAt, asOf: ports.asOf }, from);
    }
  }
}

async function* readWhole(scan: TargetScan, from: ScanToken | undefined): CursorPages {
  for await (const read of scan.list(scan.query, from)) {
    yield { read, token: read.next === undefined ? undefined : tokenAfter(read) };
  }
}
