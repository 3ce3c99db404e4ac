import { LoaderError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Target } from '../model/position.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { LoadJob, TableChain } from '../model/rows.ts';
import type { ContractViolation, Schema, SchemaContract, SchemaUpdate } from '../model/schema.ts';
import { type Chain, chainsOf } from './chains.ts';
import type { Collision } from './collisions.ts';
import { type ContractKeeper, contractKeeper } from './contract.ts';
import { DUPLICATE, UNDECIDED } from './detour.ts';
import { discovery } from './discover.ts';
import { EXACT, parsedReading, type Reading } from './encode.ts';
import { type ChainEncoder, chainEncoder } from './encodeRows.ts';
import { readExact } from './exactJson.ts';
import { flattenRecord } from './flatten.ts';
import { prepare } from './prepare.ts';
import { rootShape } from './shape.ts';

/** What a resource is normalized with. */
export interface NormalizerOptions {
  readonly resource: ResourceSpec;
  /** Depth of child tables; undefined is without limit. */
  readonly nesting: number | undefined;
  /** Key of the hash that replaces secret fields; undefined keeps them as they are. */
  readonly secretKey: string | undefined;
  /** Key columns that never hold null, table by table. */
  readonly requiredColumns: ReadonlyMap<string, ReadonlySet<string>>;
  /** The setting SCHEMA_CONTRACT; everything may be added unless it is given. */
  readonly contract?: SchemaContract;
}

/** A page that is in the package. */
export interface AddedPage {
  readonly outcome: 'added';
  readonly rows: number;
  /** What the contract left out. */
  readonly violations?: readonly ContractViolation[];
  /** Keys that did not get the column of their name. */
  readonly collisions?: readonly Collision[];
}

/** What became of a page. */
export type Added =
  | AddedPage
  /** The schema lacks something: apply the update, rebuild, add the page again. */
  | { readonly outcome: 'schema'; readonly update: SchemaUpdate }
  /** The package holds a row of this page already: commit it, then add the page again. */
  | { readonly outcome: 'duplicate' };

/** Turns pages of one resource into tuples of its tables. Pure: it does no I/O. */
export interface Normalizer {
  readonly bytes: number;
  readonly rows: number;
  /** Encodes a page, or leaves nothing of it behind. Throws E_VALUE for a row without its key, E_CONTRACT. */
  add(page: Page, loadId: string): Added;
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
  const rootAge = schema.has(options.resource.table) ? 'known' : 'new';
  let current = schema;
  let encoders = chains.map((chain) => chainEncoder(chain, schema));
  const encode = (
    page: Page,
    records: readonly JsonObject[],
    reading: Reading,
    loadId: string,
  ): number => {
    for (const encoder of encoders) encoder.beginPage({ reading, loadId });
    return encodeRecords({ options, encoders }, page, records);
  };
  const decide = (page: Page, loadId: string): Added => {
    const records = page.select(readExact(page.text));
    const found = findMissing({ options, chains, schema: current, rootAge, loadId }, page, records);
    const { update, violations, collisions } = found;
    if (update.tables.length > 0) return { outcome: 'schema', update };
    return {
      outcome: 'added',
      rows: encode(page, records, EXACT, loadId),
      ...(violations.length === 0 ? {} : { violations }),
      ...(collisions.length === 0 ? {} : { collisions }),
    };
  };
  const take = (): Taken => takeAll(encoders, current);
  return {
    get bytes() {
      return encoders.reduce((sum, encoder) => sum + encoder.bytes, 0);
    },
    get rows() {
      return encoders.reduce((sum, encoder) => sum + encoder.rows, 0);
    },
    add: (page, loadId) =>
      withRollback({ encoders, resource: options.resource }, (attempt) =>
        attempt === 'as-parsed'
          ? { outcome: 'added', rows: encode(page, page.records, parsedReading(page.text), loadId) }
          : decide(page, loadId),
      ),
    rebuild: (newer) => {
      current = newer;
      encoders = chains.map((chain) => chainEncoder(chain, newer));
    },
    discard: take,
    take,
  };
}

type Taken = ReturnType<Normalizer['take']>;

/** What a package is made of; a table that does not exist has nothing to be written or deleted. */
function takeAll(encoders: readonly ChainEncoder[], schema: Schema): Taken {
  const taken = encoders.map((encoder) => encoder.take());
  return {
    chains: taken.map(({ chain }) => chain).filter(({ root }) => schema.has(root)),
    jobs: taken.flatMap(({ jobs }) => jobs),
  };
}

/** The fast reading first; where it cannot decide, the exact one. */
function withRollback(
  {
    encoders,
    resource,
  }: { readonly encoders: readonly ChainEncoder[]; readonly resource: ResourceSpec },
  attempt: (reading: 'as-parsed' | 'exact') => Added,
): Added {
  for (const reading of ['as-parsed', 'exact'] as const) {
    try {
      return attempt(reading);
    } catch (error) {
      for (const encoder of encoders) encoder.rollback();
      if (error === DUPLICATE) return { outcome: 'duplicate' };
      if (error !== UNDECIDED) throw error;
    }
  }
  throw new LoaderError(
    'E_VALUE',
    `A page of '${resource.id}' fits no column that its table can have.`,
  );
}

interface RecordEncoding {
  readonly options: NormalizerOptions;
  readonly encoders: readonly ChainEncoder[];
}

function encodeRecords(
  { options, encoders }: RecordEncoding,
  { columns, appended }: Page,
  records: readonly JsonObject[],
): number {
  let rows = 0;
  for (const record of records) {
    const { own, members } = prepare(record, options);
    if (encoders[0]?.add(own, columns, appended) === true) rows += 1;
    members.forEach((list, index) => {
      for (const member of list) encoders[index + 1]?.add(member, NO_COLUMNS);
    });
  }
  return rows;
}

interface Finding {
  readonly options: NormalizerOptions;
  readonly chains: readonly Chain[];
  readonly schema: Schema;
  readonly rootAge: 'new' | 'known';
  readonly loadId: string;
}

interface Missing {
  readonly update: SchemaUpdate;
  readonly violations: readonly ContractViolation[];
  readonly collisions: readonly Collision[];
}

function findMissing(
  { options, chains, schema, rootAge, loadId }: Finding,
  { columns, appended }: Page,
  records: readonly JsonObject[],
): Missing {
  const collisions: Collision[] = [];
  const keepers = chains.map(({ contract }) => contractKeeper(contract, loadId));
  const discoveries = chains.map((chain, index) => {
    const found = discovery(schema, {
      ...chain.found,
      required: options.requiredColumns.get(chain.table) ?? chain.found.required,
      contract: keepers[index] as ContractKeeper,
      rootAge,
      collided: (collision) => collisions.push(collision),
    });
    return { found, shape: rootShape(chain.table, chain.nesting) } as const;
  });
  for (const record of records) {
    const { own, members } = prepare(record, options);
    [[own], ...members].forEach((list, index) => {
      const chain = discoveries[index];
      if (chain === undefined) return;
      const into = {
        shape: chain.shape,
        sink: chain.found,
        names: 'apart' as const,
        ...(index === 0 ? { columns, ...(appended && { appended }) } : { columns: NO_COLUMNS }),
      };
      for (const member of list) flattenRecord(member, into);
    });
  }
  return {
    update: { tables: discoveries.flatMap(({ found }) => found.update().tables) },
    violations: keepers.flatMap((keeper) => keeper.violations()),
    collisions,
  };
}
