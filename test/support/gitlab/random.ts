/** A stream of numbers that depends on nothing but the names it was made from. */
export interface Random {
  /** A fraction from 0 up to, not including, 1. */
  readonly fraction: () => number;
  /** An integer from `low` to `high`, both included. */
  readonly integer: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly pick: <T>(list: readonly T[]) => T;
  /** Lower-case hexadecimal digits. */
  readonly hex: (length: number) => string;
}

/** The stream of a seed and a name; equal arguments give equal streams. */
export function randomOf(seed: number, ...names: readonly (string | number)[]): Random {
  let state = seed | 0;
  for (const name of names) state = mix(state, name);

  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
  const integer = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: (list) => at(list, integer(0, list.length - 1)),
    hex: (length) => hexadecimal(fraction, length),
  };
}

/** The member at a position that is known to exist. */
export function at<T>(list: readonly T[], index: number): T {
  const member = list[index];
  if (member === undefined) throw new RangeError(`no member ${String(index)} in a list`);
  return member;
}

/** Splits `total` unevenly: the first part gets about 30 percent, every tenth part none. */
export function unevenShares(total: number, parts: number, random: Random): readonly number[] {
  const weights = Array.from({ length: parts }, (_, part) => weight(part, parts, random));
  const others = weights.reduce((sum, value) => sum + value, 0);
  const bulk = others === 0 ? total : total * 0.3;
  const exact = weights.map((value, part) => (part === 0 ? bulk : (total * 0.7 * value) / others));
  const shares = exact.map(Math.floor);
  const rest = total - shares.reduce((sum, value) => sum + value, 0);
  return shares.map((share, part) => (part === 0 ? share + rest : share));
}

function weight(part: number, parts: number, random: Random): number {
  const value = 0.05 + random.fraction() ** 3;
  if (part === 0) return 0;
  return parts >= 10 && part % 10 === 7 ? 0 : value;
}

function mix(state: number, name: string | number): number {
  if (typeof name === 'number') {
    let bits = Math.imul(state ^ (name | 0), 0x85ebca6b) ^ (name / 4294967296);
    bits ^= bits >>> 13;
    bits = Math.imul(bits, 0xc2b2ae35);
    return bits ^ (bits >>> 16);
  }
  let bits = state ^ 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1) {
    bits = Math.imul(bits ^ name.charCodeAt(index), 0x01000193);
  }
  return bits;
}

function hexadecimal(fraction: () => number, length: number): string {
  let digits = '';
  while (digits.length < length) {
    digits += Math.floor(fraction() * 4294967296)
      .toString(16)
      .padStart(8, '0');
  }
  return digits.slice(0, length);
}
