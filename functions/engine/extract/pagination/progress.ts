import type { JsonObject } from '../../model/json.ts';
import { noProgress } from '../failures.ts';

/** One page as the guard sees it. */
export interface WatchedPage {
  readonly request: string;
  readonly text: string;
  readonly first: JsonObject | undefined;
  readonly next: string | undefined;
  /** How many rows it has, those included that nobody sees. */
  readonly rows?: number;
}

/** Tokens remembered: a loop longer than this is caught by the cap of pages. */
const REMEMBERED = 10_000;
const MAX_PAGES = 1_000_000;

/** Pages without a row in succession: GitLab leaves out what the token may not see, but not for ever. */
const MAX_EMPTY_PAGES = 1_000;

/** Watches the pages of one list and throws E_NO_PROGRESS when they repeat or do not end. */
export function watchProgress(
  primaryKey: readonly string[],
  maxPages = MAX_PAGES,
): (page: WatchedPage) => void {
  const seen = new Set<string>();
  let pages = 0;
  let emptyPages = 0;
  let previous: string | undefined;

  return ({ request, text, first, next, rows }) => {
    const key = first === undefined ? undefined : (rowKey(first, primaryKey) ?? text);
    if (key !== undefined && key === previous) throw noProgress(request, 'repeats a page');
    previous = key;
    pages += 1;
    emptyPages = rows === 0 ? emptyPages + 1 : 0;
    if (emptyPages > MAX_EMPTY_PAGES) throw noProgress(request, 'brings nothing but empty pages');
    if (pages >= maxPages) throw noProgress(request, `has more than ${String(maxPages)} pages`);
    if (next === undefined) return;
    if (seen.has(next)) throw noProgress(request, 'leads back to a page that was read');
    remember(seen, next);
  };
}

function remember(seen: Set<string>, token: string): void {
  seen.add(token);
  const [oldest] = seen;
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
}

/** What the record has of the key, as text; undefined when it has nothing of it. */
export function rowKey(record: JsonObject, primaryKey: readonly string[]): string | undefined {
  const parts = primaryKey.flatMap((field) => {
    const value = record[field];
    return value === undefined || value === null ? [] : [JSON.stringify(value)];
  });
  return parts.length === 0 ? undefined : parts.join();
}
