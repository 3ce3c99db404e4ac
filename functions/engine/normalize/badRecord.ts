import { createHash } from 'node:crypto';

import { LoaderError } from '../model/errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { BadRecord, BadRecordReason } from '../model/quarantine.ts';
import { Detour, OVERSIZE } from './detour.ts';
import { writeExact } from './exactJson.ts';
import { RECORD_LIMITS } from './recordLimits.ts';
import type { SecretFields } from './secretFields.ts';

const RAW_CHARACTERS = 1 << 16;
const HASHED_CHARACTERS = 1 << 20;
const MASK = '***';
const MOST_MIB = (RECORD_LIMITS.bytes >> 20).toString();

/** What an E_VALUE may say of itself. */
const KNOWN: readonly BadRecordReason[] = ['key-missing', 'too-deep', 'too-many-tables'];

/** A record that cannot be stored, what speaks against it and which of its fields nobody may see. */
interface Found {
  readonly record: JsonObject;
  readonly index: number;
  readonly error: unknown;
  readonly secrets: SecretFields;
  readonly rowId: string | undefined;
}

/** What the quarantine keeps of a record. */
export function badRecord({ record, index, error, secrets, rowId }: Found): BadRecord {
  const raw = rawOf(record, secrets);
  return {
    index,
    rowId,
    reason: reasonOf(error),
    explanation: explanationOf(error),
    raw: shortened(raw),
    rawSha256: hashOf(raw),
    rawCharacters: raw.length,
  };
}

/** What the quarantine knows a record by, whatever speaks against it. */
export function rawHash(record: JsonObject, secrets: SecretFields): string {
  return hashOf(rawOf(record, secrets));
}

function rawOf(record: JsonObject, secrets: SecretFields): string {
  return writeExact(
    secrets.replaced(record, () => MASK),
    'raw',
  );
}

/** Whether what was thrown may be the fault of one record: neither a contract nor what others must mend. */
export function isRecordsFault(error: unknown): boolean {
  return error instanceof LoaderError ? error.code === 'E_VALUE' : error instanceof Error;
}

/** In parts, because the hash would make a copy of the whole; a pair of surrogates stays in one of them. */
function hashOf(raw: string): string {
  const hash = createHash('sha256');
  for (let start = 0, end; start < raw.length; start = end) {
    end = start + HASHED_CHARACTERS;
    if (/[\ud800-\udbff]/.test(raw.charAt(end - 1))) end += 1;
    hash.update(raw.slice(start, end));
  }
  return hash.digest('hex');
}

/** Half of a surrogate pair is no text that PostgreSQL takes. */
function shortened(raw: string): string {
  if (raw.length <= RAW_CHARACTERS) return raw;
  return `${raw.slice(0, RAW_CHARACTERS - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function reasonOf(error: unknown): BadRecordReason {
  if (error === OVERSIZE) return 'too-large';
  if (error instanceof Detour) return 'value-unfit';
  if (!(error instanceof LoaderError)) return isOverflow(error) ? 'too-deep' : 'defect';
  if (error.code !== 'E_VALUE') return 'refused';
  return KNOWN.find((reason) => reason === error.details['reason']) ?? 'value-unfit';
}

function explanationOf(error: unknown): string {
  if (error === OVERSIZE) return `The rows of the record take more than ${MOST_MIB} MiB.`;
  if (error instanceof Detour) return 'A value fits no column that its table can have.';
  if (error instanceof LoaderError) return error.message;
  if (isOverflow(error)) return 'The record is nested too deep.';
  return `The loader has a defect: ${error instanceof Error ? error.message : 'unknown error'}`;
}

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}
