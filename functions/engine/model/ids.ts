declare const brand: unique symbol;

/** A string that only its own constructor makes, so that two kinds cannot be mixed. */
export type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Id of one committed package, e.g. `1795359117.422290`; strictly increasing, of equal width until 2286. */
export type LoadId = Branded<'LoadId'>;

/** Id of one invocation, a UUID. */
export type RunId = Branded<'RunId'>;

/** `''` for the instance, else the numeric id of the project or group. */
export type PartitionKey = Branded<'PartitionKey'>;

/** Brands a load id that the database made. */
export function loadId(text: string): LoadId {
  return text as LoadId;
}

/** Brands the UUID of an invocation. */
export function runId(text: string): RunId {
  return text as RunId;
}

/** Brands a partition's key. */
export function partitionKey(text: string): PartitionKey {
  return text as PartitionKey;
}
