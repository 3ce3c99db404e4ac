import { isJsonObject, type JsonValue } from '../model/json.ts';
import { writeExact } from './exactJson.ts';
import { normalizeKey } from './naming.ts';

const SHOWN_CHARACTERS = 80;
const SHOWN_MEMBERS = 40;
const SHOWN_LEVELS = 8;
const MASK = '***';

/** Names of fields that hold secrets somewhere in GitLab, or may one day. */
const SECRET_NAME =
  /token|passw(?:or)?d|passphrase|secret|credential|(?:private|api|access)_?key|authorization|cookie/i;

/** Secrets inside texts that have other names: logins in URLs, parameters, GitLab's own tokens. */
const SECRET_PARTS: readonly (readonly [RegExp, string])[] = [
  [/:\/\/[^/@\s]+@/g, `://${MASK}@`],
  [/((?:token|secret|password|[?&]key)=)[^&\s]+/gi, `$1${MASK}`],
  [/\b(?:gl[a-z]{2,8}-|GR1348941)[\w-]{8,}/g, MASK],
];

/** Where a value stands: the names that lead to it from its record, and the fields that its resource calls secret. */
export interface ValuePlace {
  readonly path: readonly string[];
  readonly secrets: ReadonlySet<string>;
}

/** What people may see of a value: JSON of at most 80 characters, with `***` for whatever may be a secret. */
export function shownValue(value: JsonValue, { path, secrets }: ValuePlace): string {
  if (path.some((name) => isSecret(name, secrets))) return MASK;
  const json = writeExact(reduced(value, secrets, 0));
  if (json.length <= SHOWN_CHARACTERS) return json;
  // Half of a surrogate pair is no text that PostgreSQL takes.
  return `${json.slice(0, SHOWN_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Names of keys that were told apart carry a tag behind their own. */
function isSecret(name: string, secrets: ReadonlySet<string>): boolean {
  return SECRET_NAME.test(name) || secrets.has(name.replace(/__k_\w+$/, ''));
}

/** As much of a value as can be shown, without its secrets. */
function reduced(value: JsonValue, secrets: ReadonlySet<string>, level: number): JsonValue {
  if (typeof value === 'string') return withoutSecretParts(value);
  if (typeof value !== 'object' || value === null) return value;
  if (level === SHOWN_LEVELS) return '…';
  if (!isJsonObject(value)) {
    return value.slice(0, SHOWN_MEMBERS).map((member) => reduced(member, secrets, level + 1));
  }
  const members = Object.keys(value).slice(0, SHOWN_MEMBERS);
  return Object.fromEntries(
    members.map((key) => {
      const isHidden = isSecret(normalizeKey(key), secrets) || SECRET_NAME.test(key);
      return [key, isHidden ? MASK : reduced(value[key] ?? null, secrets, level + 1)];
    }),
  );
}

function withoutSecretParts(text: string): string {
  return SECRET_PARTS.reduce((left, [part, mask]) => left.replace(part, mask), text);
}
