/** The characters that Python's `str.strip` and `str.isspace` take for blank; JavaScript's `trim` differs. */
const BLANK = '\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const BLANK_CHARACTER = new RegExp(`[${BLANK}]`);
const ONLY_BLANK = new RegExp(`^[${BLANK}]*$`);

/** Removes what Python takes for blank at both ends; linear for any text. */
export function strip(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANK_CHARACTER.test(text.charAt(start))) start += 1;
  while (end > start && BLANK_CHARACTER.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** True for the empty text and for one of blanks only. */
export function isBlank(text: string): boolean {
  return ONLY_BLANK.test(text);
}

const NON_ASCII_DIGIT = /(?![0-9])\p{Nd}/gu;
const IS_DIGIT = /^\p{Nd}$/u;

/** Decimal digits of a script stand in unbroken runs of ten, so a digit's value is its distance from the run's start. */
function digitValue(digit: string): string {
  const codePoint = digit.codePointAt(0) ?? 0;
  let start = codePoint;
  while (IS_DIGIT.test(String.fromCodePoint(start - 1))) start -= 1;
  return String((codePoint - start) % 10);
}

/** Replaces the decimal digits of every script by `0` to `9`, as Python's `int` and `float` read them. */
export function withAsciiDigits(text: string): string {
  return text.replace(NON_ASCII_DIGIT, digitValue);
}

/** Python refuses to read longer decimal integers. */
const MAX_DECIMAL_DIGITS = 4300;
const INTEGER = /^([+-]?)(\d+(?:_\d+)*)$/;
const HEXADECIMAL = /^([+-]?)(?:0[xX]_?)?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)$/;

/** What Python's `int(text)` gives, and dlt's `0x` form; undefined where that raises. */
export function parsePythonInteger(text: string): bigint | undefined {
  const trimmed = strip(text);
  const isHexadecimal = trimmed.startsWith('0x');
  const match = isHexadecimal
    ? HEXADECIMAL.exec(withAsciiDigits(strip(trimmed.slice(2))))
    : INTEGER.exec(withAsciiDigits(trimmed));
  if (match?.[2] === undefined) return undefined;
  const digits = match[2].replaceAll('_', '');
  if (!isHexadecimal && digits.length > MAX_DECIMAL_DIGITS) return undefined;
  const magnitude = BigInt(isHexadecimal ? `0x${digits}` : digits);
  return match[1] === '-' ? -magnitude : magnitude;
}

const DIGITS = '\\d+(?:_\\d+)*';
const FLOAT = new RegExp(
  `^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?|\\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`,
);
const NOT_FINITE = /^([+-]?)(?:(inf|infinity)|nan)$/i;

/** What Python's `float(text)` gives, infinities and NaN included; undefined where that raises. */
export function parsePythonFloat(text: string): number | undefined {
  const trimmed = withAsciiDigits(strip(text));
  if (FLOAT.test(trimmed)) return Number(trimmed.replaceAll('_', ''));
  const match = NOT_FINITE.exec(trimmed);
  if (match === null) return undefined;
  if (match[2] === undefined) return NaN;
  return match[1] === '-' ? -Infinity : Infinity;
}

/** How a float is spelled when it is too large or too small to be written without an exponent. */
interface FloatStyle {
  readonly smallestFixed: number;
  readonly exponentDigits: number;
}

const REPR: FloatStyle = { smallestFixed: 1e-4, exponentDigits: 2 };
const JSON_STYLE: FloatStyle = { smallestFixed: 1e-5, exponentDigits: 1 };
const FIRST_LARGE = 1e16;

function spell(value: number, { smallestFixed, exponentDigits }: FloatStyle): string {
  const size = Math.abs(value);
  if (size === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= smallestFixed && size < FIRST_LARGE) {
    return String(value) + (Number.isInteger(value) ? '.0' : '');
  }
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${mantissa}e${exponent.charAt(0)}${exponent.slice(1).padStart(exponentDigits, '0')}`;
}

/** Python's `repr` of a float: `1.0`, `1e+16`, `1e-05`, `inf`. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return spell(value, REPR);
}

/** The JSON that dlt writes for a float: always with a point or an exponent; `null` when it is not finite. */
export function floatJson(value: number): string {
  return Number.isFinite(value) ? spell(value, JSON_STYLE) : 'null';
}

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const MAX_EXPONENT = 1000;

function withPoint(whole: string, fraction: string): string {
  return fraction === '' ? whole : `${whole || '0'}.${fraction}`;
}

/** Moves the point of a decimal number by `exponent` places to the right. */
function movePoint(whole: string, fraction: string, exponent: number): string {
  if (exponent >= 0) {
    const digits = fraction.padEnd(exponent, '0');
    return withPoint(whole + digits.slice(0, exponent), digits.slice(exponent));
  }
  const digits = whole.padStart(-exponent, '0');
  const point = digits.length + exponent;
  return withPoint(digits.slice(0, point), digits.slice(point) + fraction);
}

/** A decimal number without exponent or plus sign; undefined for other texts and for exponents beyond 1000. */
export function plainDecimal(text: string): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  return (sign === '-' ? '-' : '') + movePoint(whole, fraction, exponent);
}

/** What Python's `Decimal(text)` gives, and dlt's `0x` form, as plain digits; undefined where that raises or is not finite. */
export function parsePythonDecimal(text: string): string | undefined {
  const trimmed = strip(text);
  if (trimmed.startsWith('0x')) return parsePythonInteger(trimmed)?.toString();
  return plainDecimal(withAsciiDigits(trimmed).replaceAll('_', ''));
}
