import type { LoadId } from '../model/ids.ts';
import type { Page } from '../model/page.ts';
import type { QuarantinedRecord } from '../model/quarantine.ts';
import type { ContractViolation } from '../model/schema.ts';
import type { AddedPage } from '../normalize/addedPage.ts';
import { type ActivePartition, type Draft, extendDraft } from './drafts.ts';
import type { PlacedPage } from './salvage.ts';

/** A package that is being filled, beside its rows, which the normalizer holds. */
export interface Gathering {
  readonly load: LoadId;
  readonly openedAt: number;
  readonly drafts: Map<ActivePartition, Draft>;
  readonly violations: ContractViolation[];
  readonly quarantined: QuarantinedRecord[];
  /** Rows with values in an overflow column. */
  overflowed: number;
  /** Kept until the commit, should the database refuse rows of them; undefined where they are read again then. */
  readonly pages: PlacedPage[] | undefined;
}

/** Whether pages are kept until they are committed. */
export type PageKeeping = 'kept' | 'forgotten';

/** What a package is opened with. */
export interface LoadIds {
  /** Gives an id that is above those of all packages before, and above the last one of a partition. */
  readonly nextLoadId: (last: LoadId | undefined) => Promise<LoadId>;
  readonly now: () => number;
}

/** Opens a package without pages, whose first one is of the partition. */
export async function openGathering(
  { nextLoadId, now }: LoadIds,
  { task }: ActivePartition,
  keeping: PageKeeping,
): Promise<Gathering> {
  return {
    ...{ load: await nextLoadId(task.lastLoad), openedAt: now(), drafts: new Map() },
    ...{ violations: [], quarantined: [], overflowed: 0 },
    pages: keeping === 'kept' ? [] : undefined,
  };
}

/**
 * Whether a package may have pages of a partition. Load ids of a partition grow, but another run may have committed one of
 * its packages after this one was opened and before the partition was claimed.
 */
export function mayJoin(
  { drafts, load }: Gathering,
  partition: ActivePartition,
  sharing: 'alone' | 'with others',
): boolean {
  if (drafts.has(partition)) return true;
  const { lastLoad } = partition.task;
  return sharing === 'with others' && (lastLoad === undefined || lastLoad < load);
}

/** A page of a partition, and what became of it. */
export interface Taken {
  readonly partition: ActivePartition;
  readonly page: Page;
  readonly added: AddedPage;
}

/** Notes a page that was encoded into the package; `seen` are the rows that it showed, where somebody asks for them. */
export function extendGathering(gathering: Gathering, taken: Taken, seen: readonly string[]): void {
  const { partition, page, added } = taken;
  const { violations = [], bad = [], overflows = [] } = added;
  const from = { partition: partition.task.partition, request: page.request };
  for (const { rows } of overflows) gathering.overflowed += rows;
  gathering.violations.push(...violations);
  gathering.quarantined.push(...bad.map((record) => ({ ...record, ...from })));
  gathering.pages?.push(placed(taken));
  extendDraft(gathering.drafts, partition, { page, seen });
}

function placed({ partition, page: { records, ...page }, added: { bad = [] } }: Taken): PlacedPage {
  const gone = new Set(bad.map(({ index }) => index));
  return { partition, page, places: [...records.keys()].filter((index) => !gone.has(index)) };
}
