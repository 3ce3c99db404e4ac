import { LoaderError } from '../model/errors.ts';
import type { LoadId } from '../model/ids.ts';
import type { LoadPackage } from '../model/package.ts';
import { QUARANTINE_LIMITS, type QuarantinedRecord } from '../model/quarantine.ts';
import type { ExactPage } from '../normalize/exactPages.ts';
import type { Normalizer } from '../normalize/normalizer.ts';
import type { ActivePartition } from './drafts.ts';

/** A page as it was put into a package: enough to make the package again without some of its records. */
export interface PlacedPage {
  readonly partition: ActivePartition;
  readonly page: ExactPage;
  /** Places of the records that are in the package. */
  readonly places: readonly number[];
}

/** What a refused package is made again with. */
export interface SalvagePorts {
  /** A normalizer of the package's resource that holds nothing. */
  readonly normalizer: Normalizer;
  /** Whether the database takes the rows; it keeps none of them. */
  readonly tryRows: (loadPackage: LoadPackage, load: LoadId) => Promise<LoaderError | undefined>;
  /** Whether there is time for another trial. */
  readonly allowsMore: () => boolean;
  /** Hashes of records that the database refused before now: each is tried by itself, after the others. */
  readonly refusedHashes: ReadonlySet<string>;
  /** Keeps hashes of records that were found although the package cannot be committed, for the next search. */
  readonly remember: (hashes: readonly string[]) => Promise<void>;
}

/** Trials of one package; a hundred records are found among two thousand with fewer. */
const MOST_TRIALS = 2_000;

/** A package whose rows the database refused. */
export interface RefusedPackage {
  readonly loadPackage: LoadPackage;
  readonly load: LoadId;
  readonly pages: readonly PlacedPage[];
  readonly error: LoaderError;
}

/** A record of the package: its page, and its place there. */
interface Candidate {
  readonly page: number;
  readonly index: number;
}

interface Refusal {
  readonly candidate: Candidate;
  readonly error: LoaderError;
}

/**
 * Finds the records because of which the database refuses a package, by halves, and makes it again without them; they
 * go into its quarantine. Throws the refusal where no record alone explains it, or too many do, and E_STALE_LEASE when
 * the time ends before: its partitions are taken up again later.
 */
export async function salvage(ports: SalvagePorts, refused: RefusedPackage): Promise<LoadPackage> {
  const { pages, loadPackage, error } = refused;
  const all = pages.flatMap(({ places }, page) => places.map((index) => ({ page, index })));
  const suspects = suspectsOf(ports, refused);
  const attempt = attempts(ports, refused);
  const refusals: Refusal[] = [];
  try {
    await search(attempt, { candidates: all, suspects, beside: 'nothing', refusals });
    const candidates = without(all, refusals);
    await search(attempt, { candidates, suspects, beside: 'those before', refusals });
  } catch (ended) {
    if (refusals.length > 0 && !ports.allowsMore())
      await ports.remember(hashesOf(ports, refused, refusals));
    throw ended;
  }
  if (refusals.length === 0) throw error;
  const quarantined = refusals.map((refusal) => quarantinedOf(ports, pages, refusal));
  const made = packageOf(ports, refused, without(all, refusals));
  return { ...made, quarantined: [...loadPackage.quarantined, ...quarantined] };
}

function without(
  candidates: readonly Candidate[],
  refusals: readonly Refusal[],
): readonly Candidate[] {
  const gone = new Set(refusals.map(({ candidate }) => candidate));
  return candidates.filter((candidate) => !gone.has(candidate));
}

/** Whether a record of the package was refused before. */
type Suspects = (candidate: Candidate) => boolean;

function suspectsOf(
  { normalizer, refusedHashes }: SalvagePorts,
  { pages }: RefusedPackage,
): Suspects {
  if (refusedHashes.size === 0) return () => false;
  const hashes = pages.map(({ page }) => normalizer.hashes(page));
  return ({ page, index }) => refusedHashes.has(hashes[page]?.[index] ?? '');
}

function hashesOf(
  { normalizer }: SalvagePorts,
  { pages }: RefusedPackage,
  refusals: readonly Refusal[],
): readonly string[] {
  const hashes = pages.map(({ page }) => normalizer.hashes(page));
  return refusals.flatMap(({ candidate: { page, index } }) => hashes[page]?.[index] ?? []);
}

type Attempt = (candidates: readonly Candidate[]) => Promise<LoaderError | undefined>;

/** Tries records of the package, as often as the time and the number of trials allow. */
function attempts(ports: SalvagePorts, refused: RefusedPackage): Attempt {
  let trials = 0;
  return async (candidates) => {
    if (!ports.allowsMore())
      throw new LoaderError(
        'E_STALE_LEASE',
        'The time ended before all refused records were found.',
      );
    trials += 1;
    if (trials > MOST_TRIALS) throw tooMany(refused.error);
    return ports.tryRows(packageOf(ports, refused, candidates), refused.load);
  };
}

interface Search {
  readonly candidates: readonly Candidate[];
  readonly suspects: Suspects;
  /** Rows can also be refused because of others that stand before them in the package. */
  readonly beside: 'nothing' | 'those before';
  /** Where those that are found go, one by one: the time may end before all are. */
  readonly refusals: Refusal[];
}

async function search(
  attempt: Attempt,
  { candidates, suspects, beside, refusals }: Search,
): Promise<void> {
  const taken: Candidate[] = [];
  const before = refusals.length;
  const visit = async (some: readonly Candidate[]): Promise<void> => {
    if (some.length === 0) return;
    const tried = beside === 'nothing' ? some : [...taken, ...some];
    const error = await attempt(tried);
    const [first, ...more] = some;
    if (error === undefined || first === undefined) taken.push(...some);
    else if (more.length === 0) refusals.push({ candidate: first, error });
    else {
      const middle = some.length >> 1;
      await visit(some.slice(0, middle));
      await visit(some.slice(middle));
    }
    const [one, ...others] = refusals.slice(before);
    if (one !== undefined && others.length >= QUARANTINE_LIMITS.refused) throw tooMany(one.error);
  };
  await visit(candidates.filter((candidate) => !suspects(candidate)));
  for (const suspect of candidates.filter(suspects)) await visit([suspect]);
}

function tooMany(error: LoaderError): LoaderError {
  const limit = QUARANTINE_LIMITS.refused.toString();
  return new LoaderError(
    'E_DATABASE',
    `The database refused more than ${limit} records of a package: ${error.message}`,
    { cause: error, details: error.details },
  );
}

function packageOf(
  { normalizer }: SalvagePorts,
  { loadPackage, load, pages }: RefusedPackage,
  candidates: readonly Candidate[],
): LoadPackage {
  const places = pages.map(() => new Set<number>());
  for (const { page, index } of candidates) places[page]?.add(index);
  normalizer.discard();
  pages.forEach(({ page }, number) => {
    const added = normalizer.addSome(page, load, places[number] ?? new Set());
    if (added.outcome === 'added') return;
    throw new LoaderError('E_STALE_LEASE', 'The schema changed under a package.');
  });
  return { ...loadPackage, ...normalizer.take() };
}

function quarantinedOf(
  { normalizer }: SalvagePorts,
  pages: readonly PlacedPage[],
  { candidate: { page: number, index }, error }: Refusal,
): QuarantinedRecord {
  const { partition, page } = pages[number] as PlacedPage;
  const bad = normalizer.refused(page, index, error);
  return { ...bad, partition: partition.task.partition, request: page.request };
}
