import type { Page } from '../model/page.ts';
import type { ActivePartition } from './drafts.ts';

/** Pages of scans that are committed as a whole, until their scan ends or its partition comes to nothing. */
export interface WholeScans {
  /** Keeps a page; all pages of the scan once it ends. */
  add(partition: ActivePartition, page: Page): readonly Page[] | undefined;
  /** Drops the pages of a scan that is not gone on with. */
  forget(partition: ActivePartition): void;
  /** How many scans have pages here. */
  readonly size: number;
}

/** Opens a place for scans. */
export function wholeScans(): WholeScans {
  const waiting = new Map<ActivePartition, Page[]>();
  const begin = (partition: ActivePartition): Page[] => {
    const pages: Page[] = [];
    waiting.set(partition, pages);
    partition.signal.addEventListener('abort', () => waiting.delete(partition), { once: true });
    return pages;
  };
  return {
    add: (partition, page) => {
      const pages = waiting.get(partition) ?? begin(partition);
      pages.push(page);
      if (page.position.at !== 'end') return undefined;
      waiting.delete(partition);
      return pages;
    },
    forget: (partition) => void waiting.delete(partition),
    get size() {
      return waiting.size;
    },
  };
}
