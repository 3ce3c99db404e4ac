/** A number that `JSON.parse` may change: many digits, an integer written as a float, an exponent. */
const CHANGED_NUMBER = String.raw`-?(?:[\d.]{16}|\d+\.0+(?:[,\]}\s]|$)|\d+(?:\.\d+)?[eE])`;
const CHANGED_MEMBER = new RegExp(String.raw`[[,:\s]${CHANGED_NUMBER}`);
const CHANGED_ALONE = new RegExp(`^${CHANGED_NUMBER}`);

/**
 * True when `JSON.parse` loses nothing that a column would show: no integer of 16 digits, no `1.0`, no exponent.
 * One pass; it may answer false because of digits inside a string, but never true by mistake.
 */
export function isExactlyReadable(text: string): boolean {
  return !CHANGED_ALONE.test(text) && !CHANGED_MEMBER.test(text);
}
