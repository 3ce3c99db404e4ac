import type { ScanToken } from '../../model/position.ts';
import type { ListPage } from '../pagination/list.ts';

/** A page of a target and what leads to the one after it; without that the target is done. */
export interface CursorPage {
  readonly read: ListPage;
  readonly token: Pick<ScanToken, 'page' | 'query' | 'last' | 'window'> | undefined;
}

/** The pages of one target. */
export type CursorPages = AsyncGenerator<CursorPage, void, undefined>;
