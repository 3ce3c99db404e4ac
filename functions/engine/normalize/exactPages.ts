import { LoaderError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import { type BadRecord, QUARANTINE_LIMITS } from '../model/quarantine.ts';
import type { Added, RecordReading } from './addedPage.ts';
import { badRecord, isRecordsFault, rawHash } from './badRecord.ts';
import { Detour, DUPLICATE, OVERSIZE } from './detour.ts';
import { EXACT } from './encode.ts';
import { readParsed } from './exactJson.ts';
import { type Finding, findMissing } from './findMissing.ts';
import { normalizeKey } from './naming.ts';
import type { OverflowedRows } from './overflow.ts';
import { RECORD_LIMITS } from './recordLimits.ts';

/** What the exact reading needs of a page. */
export type ExactPage = Omit<Page, 'records'>;

/** What pages are read exactly with. */
export interface ExactTools extends Finding {
  /** Begins a page and encodes records into it. */
  readonly encode: (
    page: Pick<Page, 'columns' | 'appended'>,
    records: readonly JsonObject[],
    reading: RecordReading,
  ) => number;
  readonly rollback: () => void;
  readonly bytes: () => number;
  /** Of the page that was begun last. */
  readonly overflows: () => readonly OverflowedRows[];
  /** The id of the first row of the page that was begun last. */
  readonly firstId: () => string | undefined;
}

/** Which records are read, all of them or those at `places`, and how many of them may be bad. */
interface Wanted {
  readonly mayBeBad: number;
  readonly places?: ReadonlySet<number>;
  /** What is tried first; a page that is known to be too large need not be tried as a whole. */
  readonly first: 'together' | 'each alone';
}

interface PlacedRecord {
  readonly record: JsonObject;
  readonly index: number;
}

/**
 * Encodes a page whose values are read exactly, or finds what the schema lacks for it. Where that fails, each record is
 * tried alone, and the page is encoded without those that fail.
 */
export function addExactly(tools: ExactTools, page: ExactPage, wanted: Wanted): Added {
  const { places, mayBeBad, first } = wanted;
  const all = placedRecords(page).filter(({ index }) => places?.has(index) ?? true);
  // What is rolled back from here on is this page alone.
  tools.encode(page, [], exactly(tools, Infinity));
  const failure =
    first === 'together'
      ? tryAll(tools, page, { placed: all, limit: RECORD_LIMITS.bytes })
      : new Failure(OVERSIZE);
  if (!(failure instanceof Failure)) return failure;
  const bad = badOnes(tools, page, { placed: all, failure });
  if (bad.length === 0 && failure.error !== OVERSIZE) throw asLoaderError(tools, failure.error);
  requireFew(tools, { bad, of: all.length, mayBeBad });
  const gone = new Set(bad.map(({ index }) => index));
  const placed = all.filter(({ index }) => !gone.has(index));
  const added = tryAll(tools, page, { placed, limit: Infinity });
  if (added instanceof Failure) throw asLoaderError(tools, added.error);
  return bad.length === 0 || added.outcome !== 'added' ? added : { ...added, bad };
}

function exactly({ loadId }: ExactTools, limitBytes: number): RecordReading {
  return { reading: EXACT, loadId, limitBytes };
}

/** What the quarantine keeps of a record that could be encoded and was refused then. */
export function refusedRecord(
  tools: ExactTools,
  page: ExactPage,
  { index, error }: { readonly index: number; readonly error: unknown },
): BadRecord {
  const record = placedRecords(page)[index]?.record ?? {};
  return badBecause(tools, page, { record, index, error });
}

/** What the quarantine knows the records of a page by, in their order. */
export function recordHashes(
  { secrets }: Pick<ExactTools, 'secrets'>,
  page: ExactPage,
): readonly string[] {
  return placedRecords(page).map(({ record }) => rawHash(record, secrets));
}

function placedRecords(page: ExactPage): readonly PlacedRecord[] {
  // An answer without content has no records, and no JSON either.
  const body = page.text === '' ? null : readParsed(page.text, 'infinity');
  return page.select(body).map((record, index) => ({ record, index }));
}

/** Something that may be the fault of one record. */
class Failure {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

interface Attempt {
  readonly placed: readonly PlacedRecord[];
  /** Bytes that the page may take before its records are looked at one by one. */
  readonly limit: number;
}

function tryAll(tools: ExactTools, page: ExactPage, { placed, limit }: Attempt): Added | Failure {
  const { encode, rollback, bytes } = tools;
  const records = placed.map(({ record }) => record);
  const before = bytes();
  try {
    const { update, violations, collisions, beyondDoubles } = findMissing(tools, page, records);
    if (update.tables.length > 0) return { outcome: 'schema', update };
    const rows = encode(page, records, exactly(tools, limit));
    if (bytes() - before > limit) throw OVERSIZE;
    return {
      outcome: 'added',
      rows,
      overflows: tools.overflows(),
      ...(violations.length === 0 ? {} : { violations }),
      ...(collisions.length === 0 ? {} : { collisions }),
      ...(beyondDoubles.length === 0 ? {} : { beyondDoubles }),
    };
  } catch (error) {
    rollback();
    if (error === DUPLICATE) return { outcome: 'duplicate' };
    if (isRecordsFault(error)) return new Failure(error);
    throw error;
  }
}

/** Which records fail; one that is alone in its page need not be tried again. */
function badOnes(
  tools: ExactTools,
  page: ExactPage,
  { placed, failure }: { readonly placed: readonly PlacedRecord[]; readonly failure: Failure },
): readonly BadRecord[] {
  const [only, ...more] = placed;
  return only !== undefined && more.length === 0
    ? [badBecause(tools, page, { ...only, error: failure.error })]
    : placed.flatMap((one) => badAlone(tools, page, one) ?? []);
}

function badAlone(
  tools: ExactTools,
  page: ExactPage,
  { record, index }: PlacedRecord,
): BadRecord | undefined {
  const { encode, rollback, bytes } = tools;
  try {
    const before = bytes();
    if (findMissing(tools, page, [record]).update.tables.length > 0) return undefined;
    encode(page, [record], exactly(tools, RECORD_LIMITS.bytes));
    if (bytes() - before > RECORD_LIMITS.bytes) throw OVERSIZE;
    rollback();
    return undefined;
  } catch (error) {
    rollback();
    if (error === DUPLICATE || !isRecordsFault(error)) return undefined;
    return badBecause(tools, page, { record, index, error });
  }
}

function badBecause(
  tools: ExactTools,
  page: ExactPage,
  { record, index, error }: PlacedRecord & { readonly error: unknown },
): BadRecord {
  const { secrets } = tools;
  return badRecord({ record, index, error, secrets, rowId: idOf(tools, page, record) });
}

/** The id of a record's row, from its key alone: the rest of it may be what cannot be stored. */
function idOf(tools: ExactTools, page: ExactPage, record: JsonObject): string | undefined {
  const { chains, encode, rollback, firstId } = tools;
  const [own] = chains;
  if (own?.identity !== 'key') return undefined;
  const isOfKey = (name: string): boolean =>
    own.rules.primaryKey.some((column) => column === name || column.startsWith(`${name}__`));
  const key = Object.entries(record).filter(([name]) => isOfKey(normalizeKey(name)));
  try {
    encode({ columns: page.columns }, [Object.fromEntries(key)], exactly(tools, Infinity));
    return firstId();
  } catch {
    return undefined;
  } finally {
    rollback();
  }
}

interface Share {
  readonly bad: readonly BadRecord[];
  readonly of: number;
  readonly mayBeBad: number;
}

/** When too many are bad it is not the records: nothing of the page is loaded. */
function requireFew({ options }: ExactTools, { bad, of, mayBeBad }: Share): void {
  const { ofPage, fewOfPage } = QUARANTINE_LIMITS;
  const isMuch = bad.length > fewOfPage && bad.length > of * ofPage;
  const [first] = bad;
  if (first === undefined || (!isMuch && bad.length <= mayBeBad)) return;
  throw new LoaderError(
    'E_VALUE',
    `${bad.length.toString()} of ${of.toString()} records of a page of '${options.resource.id}' cannot be stored, too many for the quarantine; the first: ${first.explanation}`,
    { details: { reason: first.reason } },
  );
}

function asLoaderError({ options }: ExactTools, error: unknown): unknown {
  if (!(error instanceof Detour)) return error;
  return new LoaderError(
    'E_VALUE',
    `A page of '${options.resource.id}' fits no column that its table can have.`,
  );
}
