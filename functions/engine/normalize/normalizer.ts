import { type LoaderError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Target } from '../model/position.ts';
import type { BadRecord } from '../model/quarantine.ts';
import type { LoadJob, TableChain } from '../model/rows.ts';
import type { Schema } from '../model/schema.ts';
import type { Added, NormalizerOptions } from './addedPage.ts';
import { isRecordsFault } from './badRecord.ts';
import { chainsOf } from './chains.ts';
import { DUPLICATE, OVERSIZE } from './detour.ts';
import { parsedReading } from './encode.ts';
import { type ChainEncoder, chainEncoder } from './encodeRows.ts';
import {
  addExactly,
  type ExactPage,
  type ExactTools,
  recordHashes,
  refusedRecord,
} from './exactPages.ts';
import type { OverflowedRows } from './overflow.ts';
import { type Preparation, prepare } from './prepare.ts';
import { RECORD_LIMITS } from './recordLimits.ts';
import { secretFieldsOf } from './secretFields.ts';

/** Turns pages of one resource into tuples of its tables. Pure: it does no I/O. */
export interface Normalizer {
  readonly bytes: number;
  readonly rows: number;
  /**
   * Encodes a page, or leaves nothing of it behind. Throws E_CONTRACT, and E_VALUE where more than `mayBeBad` records,
   * or too much of the page, cannot be stored.
   */
  add(page: Page, loadId: string, mayBeBad?: number): Added;
  /** The same for some records of a page, by their places: read exactly, and every one of them must be storable. */
  addSome(page: ExactPage, loadId: string, places: ReadonlySet<number>): Added;
  /** What the quarantine keeps of a record that the database refused. */
  refused(page: ExactPage, index: number, error: LoaderError): BadRecord;
  /** What the quarantine knows the records of a page by, in their order. */
  hashes(page: ExactPage): readonly string[];
  /** The ids of the root rows of the page that was added last. */
  pageIds(): readonly string[];
  /** Takes a newer schema; only while no rows are waiting. */
  rebuild(schema: Schema): void;
  /** Forgets what was encoded since the last `take`. */
  discard(): void;
  take(): { readonly chains: readonly TableChain[]; readonly jobs: readonly LoadJob[] };
}

const NO_COLUMNS: Target = {};

/** Makes the normalizer of a resource against the schema as it is. */
export function openNormalizer(options: NormalizerOptions, schema: Schema): Normalizer {
  const chains = chainsOf(options);
  const secrets = secretFieldsOf(options.resource);
  const rootAge = schema.has(options.resource.table) ? 'known' : 'new';
  let current = schema;
  let encoders = chains.map((chain) => chainEncoder(chain, schema));
  const rollback = (): void => {
    for (const encoder of encoders) encoder.rollback();
  };
  const encode: ExactTools['encode'] = (page, records, how) => {
    for (const encoder of encoders) encoder.beginPage(how);
    return encodeRecords({ options, secrets, encoders, ...how }, page, records);
  };
  const tools = (loadId: string): ExactTools => ({
    ...{ options, chains, secrets, schema: current, rootAge, loadId, encode, rollback },
    overflows: () => overflowsOf(encoders),
    bytes: () => bytesOf(encoders),
    firstId: () => [...(encoders[0]?.pageIds() ?? [])][0],
  });
  const take = (): Taken => takeAll(encoders, current);
  return {
    get bytes() {
      return bytesOf(encoders);
    },
    get rows() {
      return encoders.reduce((sum, encoder) => sum + encoder.rows, 0);
    },
    add: (page, loadId, mayBeBad = Infinity) => {
      const added = addAsParsed(tools(loadId), page);
      if (added === 'exactly')
        return addExactly(tools(loadId), page, { mayBeBad, first: 'together' });
      if (added !== 'oversize') return added;
      return addExactly(tools(loadId), page, { mayBeBad, first: 'each alone' });
    },
    addSome: (page, loadId, places) =>
      addExactly(tools(loadId), page, { mayBeBad: 0, places, first: 'together' }),
    refused: (page, index, error) => refusedRecord(tools('0.0'), page, { index, error }),
    hashes: (page) => recordHashes({ secrets }, page),
    pageIds: () => [...(encoders[0]?.pageIds() ?? [])],
    rebuild: (newer) => {
      current = newer;
      encoders = chains.map((chain) => chainEncoder(chain, newer));
    },
    discard: take,
    take,
  };
}

/** Encodes a page as `JSON.parse` has read it, or says why and how it must be read exactly. */
function addAsParsed(tools: ExactTools, page: Page): Added | 'exactly' | 'oversize' {
  const { loadId, encode, rollback, bytes, overflows } = tools;
  const before = bytes();
  try {
    const reading = parsedReading(page.text);
    const rows = encode(page, page.records, { reading, loadId, limitBytes: RECORD_LIMITS.bytes });
    if (bytes() - before > RECORD_LIMITS.bytes) throw OVERSIZE;
    return { outcome: 'added', rows, overflows: overflows() };
  } catch (error) {
    rollback();
    if (error === DUPLICATE) return { outcome: 'duplicate' };
    if (!isRecordsFault(error)) throw error;
    return error === OVERSIZE ? 'oversize' : 'exactly';
  }
}

type Taken = ReturnType<Normalizer['take']>;

function bytesOf(encoders: readonly ChainEncoder[]): number {
  return encoders.reduce((sum, encoder) => sum + encoder.bytes, 0);
}

function overflowsOf(encoders: readonly ChainEncoder[]): readonly OverflowedRows[] {
  return encoders.flatMap((encoder) => encoder.overflows());
}

/** What a package is made of; a table that does not exist has nothing to be written or deleted. */
function takeAll(encoders: readonly ChainEncoder[], schema: Schema): Taken {
  const taken = encoders.map((encoder) => encoder.take());
  return {
    chains: taken.map(({ chain }) => chain).filter(({ root }) => schema.has(root)),
    jobs: taken.flatMap(({ jobs }) => jobs),
  };
}

interface RecordEncoding extends Preparation {
  readonly encoders: readonly ChainEncoder[];
}

function encodeRecords(
  { encoders, ...preparation }: RecordEncoding,
  { columns, appended }: Pick<Page, 'columns' | 'appended'>,
  records: readonly JsonObject[],
): number {
  let rows = 0;
  for (const record of records) {
    const { own, members } = prepare(record, preparation);
    if (encoders[0]?.add(own, columns, appended) === true) rows += 1;
    members.forEach((list, index) => {
      for (const member of list) encoders[index + 1]?.add(member, NO_COLUMNS);
    });
  }
  return rows;
}
