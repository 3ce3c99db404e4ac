import { isJsonObject, type JsonObject } from '../../functions/engine/model/json.ts';
import type { Page } from '../../functions/engine/model/page.ts';

/** Rows of a package. */
export const ROWS = 1_000;

const PAGES = 10;

/** A way of loading scans. */
export interface Way {
  load(scan: number): Promise<void>;
}

/** The pages of one scan: records that no other scan has, each with a child table's rows. */
export function pagesOfScan(scan: number): readonly Page[] {
  return Array.from({ length: PAGES }, (_, index) => {
    const text = JSON.stringify(recordsOf(scan * PAGES + index));
    const isLast = index === PAGES - 1;
    return {
      request: `/items?page=${index.toString()}`,
      text,
      records: select(JSON.parse(text)),
      select,
      columns: {},
      position: isLast
        ? { at: 'end', cursor: undefined }
        : { at: 'page', token: { page: index + 2 } },
    };
  });
}

function recordsOf(page: number): readonly unknown[] {
  return Array.from({ length: ROWS }, (_, index) => ({
    id: page * ROWS + index + 1,
    name: `job ${index.toString()}`,
    status: index % 7 === 0 ? 'failed' : 'success',
    created_at: new Date(1_700_000_000_000 + index * 1_000).toISOString(),
    duration: index / 8,
    user: { id: index % 50, username: `user-${(index % 50).toString()}`, state: 'active' },
    commit: { id: `c${index.toString()}`, title: 'A title of usual length for a commit' },
    tag_list: index % 2 === 0 ? ['docker', 'linux'] : [],
  }));
}

function select(body: unknown): readonly JsonObject[] {
  return Array.isArray(body) ? body.filter(isJsonObject) : [];
}
