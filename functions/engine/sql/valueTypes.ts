import pg from 'pg';

type Parse = (text: string) => unknown;

/** pg's own readers, by the number of the type; its types know some numbers only. */
const usual = pg.types.getTypeParser as (type: number, format?: 'text' | 'binary') => Parse;

/** Types whose usual reading would lose digits or shift a day; every other type is read as pg reads it. */
const exact = new Map<number, Parse>([
  [20, BigInt],
  [1016, bigints],
  [1082, verbatim],
  [1114, verbatim],
  [1700, verbatim],
]);

/** How one connection reads values: int8 as bigint, numeric, date and timestamp as text, timestamptz as Date. */
export const valueTypes = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : exact.get(type)) ?? usual(type, format),
};

function verbatim(text: string): string {
  return text;
}

function bigints(text: string): unknown {
  const digits = usual(1016)(text) as readonly (string | null)[];
  return digits.map((one) => (one === null ? null : BigInt(one)));
}
