import type { Context } from './context.ts';
import { type Json, serialize } from './json.ts';
import { json, jsonList, refuse, reject, type Reply } from './reply.ts';

const TOTALS_LIMIT = 10_000;
const MAXIMUM_PER_PAGE = 100;

/** A list that GitLab pages through; `slice` gives JSON texts. */
export interface Listing {
  readonly total: number;
  readonly slice: (from: number, to: number) => readonly Buffer[];
  /** `never`: the list is not counted. `gitaly`: the first page always claims a second one. */
  readonly totals?: 'never' | 'gitaly';
  /** The type named when the offset limit is passed; types without keyset support have no limit. */
  readonly limitedType?: string;
}

/** Answers one page of a list by `page` and `per_page`; refuses keyset. */
export function offsetPage(context: Context, listing: Listing): Reply {
  if (context.query.get('pagination') === 'keyset') throw keysetRefused();
  const page = positive(context, 'page', 1);
  const size = perPage(context);
  checkLimit(context, page * size, listing.limitedType);
  const from = (page - 1) * size;
  const texts = listing.slice(from, from + size);
  return jsonList(texts, offsetHeaders(context, listing, { page, size }));
}

/** Values of a list and how each is shown. */
export interface Shown<T> {
  readonly values: readonly T[];
  readonly show: (value: T) => Json;
  readonly limitedType?: string;
}

/** Answers one page of a list of values, shown as they are asked for. */
export function shownPage<T>(context: Context, { values, show, limitedType }: Shown<T>): Reply {
  return offsetPage(context, {
    total: values.length,
    slice: (from, to) => values.slice(from, to).map((value) => Buffer.from(serialize(show(value)))),
    ...(limitedType === undefined ? {} : { limitedType }),
  });
}

/** Answers one page of a list of JSON values. */
export function valuesPage(context: Context, values: readonly Json[]): Reply {
  return shownPage(context, { values, show: (value) => value });
}

/** Answers a whole list at once, as endpoints without pages do. */
export function wholeList(values: readonly Json[]): Reply {
  return json(values);
}

/** The page size asked for, at most 100. */
export function perPage(context: Context): number {
  return Math.min(positive(context, 'per_page', 20), MAXIMUM_PER_PAGE);
}

/** A relation of the `Link` header and the parameters that its address changes. */
export type Relation = readonly [string, Readonly<Record<string, string>>];

/** The `Link` header that repeats the request with other parameters; empty without relations. */
export function linkHeader(
  context: Context,
  relations: readonly Relation[],
): Record<string, string> {
  if (relations.length === 0) return {};
  const links = relations.map(
    ([relation, changes]) => `<${linkAddress(context, changes)}>; rel="${relation}"`,
  );
  return { Link: links.join(', ') };
}

/** A cursor as GitLab writes it: url-safe base64 of JSON. */
export function encodeCursor(fields: Readonly<Record<string, string>>): string {
  return Buffer.from(JSON.stringify({ ...fields, _kd: 'n' }))
    .toString('base64')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
}

/** The fields of a cursor; undefined when the request has none. */
export function cursorOf(context: Context): Readonly<Record<string, unknown>> | undefined {
  const text = context.query.get('cursor');
  if (text === null || text === '') return undefined;
  try {
    const fields: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (typeof fields === 'object' && fields !== null)
      return fields as Readonly<Record<string, unknown>>;
  } catch {
    throw reject(400, 'cursor is invalid');
  }
  throw reject(400, 'cursor is invalid');
}

/** The refusal of keyset pages where GitLab has none. */
export function keysetRefused(): ReturnType<typeof reject> {
  return reject(405, 'Keyset pagination is not yet available for this type of request');
}

function checkLimit(context: Context, offset: number, type: string | undefined): void {
  if (type === undefined || context.offsetLimit === 0 || offset <= context.offsetLimit) return;
  throw reject(
    405,
    `Offset pagination has a maximum allowed offset of ${String(context.offsetLimit)} for requests that return objects of type ${type}. Remaining records can be retrieved using keyset pagination.`,
  );
}

function offsetHeaders(
  context: Context,
  { total, totals }: Listing,
  { page, size }: Pick<Place, 'page' | 'size'>,
): Record<string, string> {
  const isGitalyStart = totals === 'gitaly' && page === 1;
  const hasNext = page * size < total || isGitalyStart;
  const pages = pageCount(total, size, isGitalyStart ? 'gitaly' : 'exact');
  const isCounted = totals !== 'never' && total <= TOTALS_LIMIT;
  return {
    'X-Page': String(page),
    'X-Per-Page': String(size),
    'X-Next-Page': hasNext ? String(page + 1) : '',
    'X-Prev-Page': page > 1 ? String(page - 1) : '',
    ...(isCounted ? { 'X-Total': String(total), 'X-Total-Pages': String(pages) } : {}),
    ...linkHeader(
      context,
      relationsOf({
        page,
        size,
        after: hasNext ? 'more' : 'end',
        last: isCounted ? pages : undefined,
      }),
    ),
  };
}

interface Place {
  readonly page: number;
  readonly size: number;
  readonly after: 'more' | 'end';
  readonly last: number | undefined;
}

function relationsOf({ page, size, after, last }: Place): readonly Relation[] {
  const to = (relation: string, target: number): Relation => [
    relation,
    { page: String(target), per_page: String(size) },
  ];
  return [
    ...(page > 1 ? [to('prev', page - 1)] : []),
    ...(after === 'more' ? [to('next', page + 1)] : []),
    to('first', 1),
    ...(last === undefined ? [] : [to('last', last)]),
  ];
}

function pageCount(total: number, size: number, rule: 'gitaly' | 'exact'): number {
  return rule === 'gitaly' ? Math.floor(total / size) + 1 : Math.max(1, Math.ceil(total / size));
}

function linkAddress(context: Context, changes: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(context.query);
  const id = context.params['id'];
  if (id !== undefined) query.set('id', id);
  for (const [name, value] of Object.entries(changes)) query.set(name, value);
  query.sort();
  return `${context.linkOrigin}${context.path}?${query.toString()}`;
}

function positive(context: Context, name: 'page' | 'per_page', fallback: number): number {
  const text = context.query.get(name);
  if (text === null || text === '') return fallback;
  if (!/^-?\d+$/u.test(text)) throw reject(400, `${name} is invalid`);
  const value = Number(text);
  if (value >= 1) return value;
  throw reject(
    400,
    `${name} ${name === 'page' ? 'does not have a valid value' : 'has a value not allowed'}`,
  );
}

/** Refuses with 422 a page token whose reference was deleted. */
export function invalidPageToken(name: string): ReturnType<typeof refuse> {
  return refuse(422, `Invalid page token: refs/heads/${name}`);
}
