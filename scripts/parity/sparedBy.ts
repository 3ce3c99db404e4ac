/** Errors of dlt that are those of a record or of a contract: this loader fails on the same. */
const DESERVED: readonly RegExp[] = [
  /DataValidationError|Contract on `\w+` with `contract_mode=freeze`/,
  /violates not-null constraint|Cannot coerce NULL|UnboundColumn/,
  /with message: '\w+'\./,
  /JSONDecodeError|Expecting (?:value|property name|',' delimiter)/,
];

/** What makes dlt fail where this loader goes on, by the number of its entry in functions/engine/SPEC.md. */
const SPARED: readonly { readonly entry: number; readonly error: RegExp }[] = [
  { entry: 2, error: /(?:bigint|integer) out of range|exceeds 64-bit range/i },
  { entry: 3, error: /unterminated quoted string|unsupported Unicode escape|surrogate|0x00/i },
  { entry: 4, error: /Cannot coerce type `text` to `timestamp`/ },
  { entry: 9, error: /duplicate key value violates unique constraint "\w*_dlt_id_key"/ },
];

const OTHER_FAILURE = 10;

/** Which entry says that this loader loads what dlt failed on; undefined where both should fail. */
export function sparedBy(error: string): number | undefined {
  if (DESERVED.some((deserved) => deserved.test(error))) return undefined;
  return SPARED.find((spared) => spared.error.test(error))?.entry ?? OTHER_FAILURE;
}
