import type { JsonObject } from '../model/json.ts';
import type { PartitionTask, ScanToken } from '../model/position.ts';
import type { CursorSpec, TimeCursor } from '../model/resource.ts';
import { earlier, instantsOf, later, readInstant, writeInstant } from './instants.ts';
import type { PagePorts } from './ports.ts';
import type { GitlabResponse } from './response.ts';

/** What a scan leaves behind, gathered while it reads. */
export interface Marks {
  /** Sees the records of a page before the token behind it is made. */
  see(records: readonly JsonObject[]): void;
  /** What a later invocation must know of the scan's beginning. */
  inToken(): Pick<ScanToken, 'mark' | 'seen'>;
  /** The cursor when the scan ends. */
  atEnd(): string | undefined;
}

const TIME_CURSORS: ReadonlySet<CursorSpec['kind']> = new Set<TimeCursor['kind']>([
  'walking',
  'newest-changed-first',
  'changed-since',
  'windowed',
]);

/** True for cursors that are instants. */
export function isTimeCursor(cursor: CursorSpec): cursor is TimeCursor {
  return TIME_CURSORS.has(cursor.kind);
}

/** The instant from which a scan is to show what has changed; undefined for all of it. */
export function knownInstant(
  { cursor }: Pick<PartitionTask, 'cursor'>,
  spec: TimeCursor,
  asOf: Date,
): number | undefined {
  const begins = spec.kind === 'walking' && spec.begins === 'as-of' ? asOf.getTime() : undefined;
  return readInstant(cursor) ?? begins;
}

/** The marks of a scan whose cursor is known when it begins. */
export function fixedMarks(cursor: string | undefined): Marks {
  return {
    see: () => undefined,
    inToken: () => (cursor === undefined ? {} : { mark: cursor }),
    atEnd: () => cursor,
  };
}

/** The marks of a scan whose cursor is an instant, and the client to read with: it notes GitLab's clock. */
export interface TimeMarks {
  readonly marks: Marks;
  readonly client: PagePorts['client'];
}

/**
 * The cursor is the latest change that rows showed, but not later than the first answer of the scan: what became visible
 * behind a page that was read already has changed after that, or not long before. Where rows tell nothing or their
 * instants say nothing of what else there is, it is that first answer, or `asOf` where answers have no date. It never goes
 * back.
 */
export function timeMarks(
  task: PartitionTask,
  spec: TimeCursor,
  { client, asOf }: { readonly client: PagePorts['client']; readonly asOf: Date },
): TimeMarks {
  const { token } = task;
  const cursor = knownInstant(task, spec, asOf);
  let begun = readInstant(token?.mark);
  let seen = readInstant(token?.seen);
  const shows = spec.kind === 'walking' || spec.kind === 'newest-changed-first';
  const bound = (): number | undefined =>
    shows && seen === undefined ? undefined : earlier(begun, shows ? seen : undefined);
  const note = (response: GitlabResponse): GitlabResponse => {
    const { status, date = asOf } = response;
    if (status === 200) begun = earlier(begun, date.getTime());
    return response;
  };
  const marks: Marks = {
    see: (records) => {
      if (!shows) return;
      for (const instant of instantsOf(records, spec.field)) seen = later(seen, instant);
    },
    inToken: () => ({
      ...(begun === undefined ? {} : { mark: writeInstant(begun) }),
      ...(seen === undefined ? {} : { seen: writeInstant(seen) }),
    }),
    atEnd: () => {
      const end = later(cursor, bound());
      return end === undefined ? undefined : writeInstant(end);
    },
  };
  return { marks, client: noting(client, note) };
}

/** The same client; every answer to a GET is shown to `note` first. */
function noting(
  client: PagePorts['client'],
  note: (response: GitlabResponse) => GitlabResponse,
): PagePorts['client'] {
  return {
    get: async (pathAndQuery, options) => note(await client.get(pathAndQuery, options)),
    graphql: (document, variables, options) => client.graphql(document, variables, options),
  };
}
