import { isInstanceUri } from '../alloydb/instanceUri.ts';
import { isQueue } from '../google/createTask.ts';
import { isTopic } from '../google/publish.ts';
import { isJob } from '../google/runJob.ts';
import { CONTRACT_MODES, type ContractMode, type SchemaContract } from '../model/schema.ts';

/** What became of a setting's text. */
export type Parsed<T> = { readonly value: T } | { readonly expected: string };

/** Reads a setting's text; never empty. */
export type Parser<T> = (text: string) => Parsed<T>;

/** Any text. */
export const text: Parser<string> = (value) => ({ value });

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number): Parser<number> {
  return (value) => {
    const number = Number(value);
    const fits = /^\d+$/.test(value) && number >= least && number <= most;
    return fits
      ? { value: number }
      : { expected: `an integer from ${least.toString()} to ${most.toString()}` };
  };
}

/** One of the words. */
export function oneOf<const W extends readonly string[]>(...words: W): Parser<W[number]> {
  return (value) => (words.includes(value) ? { value: value } : { expected: words.join(' or ') });
}

/** An absolute URL of one of the schemes, e.g. `https:`. */
export function url(...schemes: readonly string[]): Parser<string> {
  const names = schemes.map((scheme) => `${scheme}//`).join(' or ');
  return (value) => {
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    const fits = parsed !== undefined && schemes.includes(parsed.protocol) && parsed.host !== '';
    return fits ? { value } : { expected: `a URL that begins with ${names}` };
  };
}

/** An AlloyDB instance by its full name. */
export const instanceUri: Parser<string> = (value) =>
  isInstanceUri(value) ? { value } : { expected: 'projects/P/locations/R/clusters/C/instances/I' };

/** A type of address, in whatever case. */
export const ipType: Parser<'PRIVATE' | 'PUBLIC' | 'PSC'> = (value) => {
  const parsed = oneOf('PRIVATE', 'PUBLIC', 'PSC')(value.toUpperCase());
  return 'value' in parsed ? parsed : { expected: 'private, public or psc' };
};

/** Whom a run asks to go on when its time is up; `name` is that of a topic, a queue or a job of Google Cloud. */
export type Continuation =
  | { readonly by: 'nobody' | 'process' }
  | { readonly by: 'topic' | 'queue' | 'job'; readonly name: string };

/** The full name of a topic, a queue or a job, or `in-process`. */
export const continuation: Parser<Continuation> = (name) => {
  if (name === 'in-process') return { value: { by: 'process' } };
  if (isTopic(name)) return { value: { by: 'topic', name } };
  if (isQueue(name)) return { value: { by: 'queue', name } };
  if (isJob(name)) return { value: { by: 'job', name } };
  return {
    expected:
      'projects/P/topics/T, projects/P/locations/L/queues/Q, projects/P/locations/L/jobs/J or in-process',
  };
};

/** A name that PostgreSQL takes as a schema, short enough to have `_state` behind it. */
export const schemaName: Parser<string> = (value) =>
  /^[a-z_][a-z0-9_]{0,56}$/.test(value) && !/^pg_|_state$|^information_schema$/.test(value)
    ? { value }
    : {
        expected:
          'a schema name of at most 57 lower-case letters, digits and underscores that does not end in _state',
      };

/** A non-negative integer, or `none` for no limit. */
export const nesting: Parser<number | 'none'> = (value) => {
  if (value === 'none') return { value };
  return /^\d{1,3}$/.test(value)
    ? { value: Number(value) }
    : { expected: 'an integer from 0 to 999, or none' };
};

/** Comma-separated pairs `left:right`. */
export const pairs: Parser<readonly (readonly [string, string])[]> = (value) => {
  const list = value.split(',').map((pair) => pair.trim().split(':'));
  const fits = list.every(([left, right, ...more]) => left && right && more.length === 0);
  return fits
    ? { value: list.map(([left = '', right = '']) => [left, right] as const) }
    : { expected: 'comma-separated pairs such as main:users,ci:p_ci_builds' };
};

const CONTRACT_ENTITIES = ['tables', 'columns', 'data_type'];

/** One mode for everything, or pairs such as `tables=evolve,columns=freeze`; what is not named evolves. */
export const schemaContract: Parser<SchemaContract> = (value) => {
  const isMode = (word: string): boolean => CONTRACT_MODES.some((mode) => mode === word);
  const listed = value.split(',').map((pair) => pair.split('=').map((word) => word.trim()));
  const fits = listed.every(
    ([entity = '', mode = '', ...more]) =>
      CONTRACT_ENTITIES.includes(entity) && isMode(mode) && more.length === 0,
  );
  if (!isMode(value) && !fits) {
    return { expected: `one of ${CONTRACT_MODES.join(', ')}, or pairs such as columns=freeze` };
  }
  const modes = new Map(listed.map(([entity = '', mode = '']) => [entity, mode]));
  const modeOf = (entity: string): ContractMode =>
    CONTRACT_MODES.find((mode) => mode === (modes.get(entity) ?? value)) ?? 'evolve';
  return {
    value: {
      tables: modeOf('tables'),
      columns: modeOf('columns'),
      dataType: modeOf('data_type'),
    },
  };
};
