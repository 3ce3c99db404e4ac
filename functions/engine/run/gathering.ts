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
  /** Kept until the commit, should the database refuse rows of them. */
  readonly pages: PlacedPage[];
}

/** Opens a package without pages. */
export function openGathering(load: LoadId, openedAt: number): Gathering {
  return { load, openedAt, drafts: new Map(), violations: [], quarantined: [], pages: [] };
}

/** A page of a partition, and what became of it. */
export interface Taken {
  readonly partition: ActivePartition;
  readonly page: Page;
  readonly added: AddedPage;
}

/** Notes a page that was encoded into the package. */
export function extendGathering(gathering: Gathering, { partition, page, added }: Taken): void {
  const { violations = [], bad = [] } = added;
  const { records, ...rest } = page;
  const gone = new Set(bad.map(({ index }) => index));
  const places = [...records.keys()].filter((index) => !gone.has(index));
  const from = { partition: partition.task.partition, request: page.request };
  gathering.violations.push(...violations);
  gathering.quarantined.push(...bad.map((record) => ({ ...record, ...from })));
  gathering.pages.push({ partition, page: rest, places });
  extendDraft(gathering.drafts, partition, page);
}
