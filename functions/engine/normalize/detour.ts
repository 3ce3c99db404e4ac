/** Why a page leaves the fast path. Thrown for control, never seen outside this stage. */
export class Detour extends Error {
  override readonly name = 'Detour';
}

/** The page cannot be encoded as it was read: the deciding path takes it from here. */
export const UNDECIDED = new Detour('the page needs the exact reading or a newer schema');

/** The page takes more bytes than a single record may: its records are looked at one by one. */
export const OVERSIZE = new Detour('the rows of a page are large');

/** The package already holds a row with the same key: it must be committed first. */
export const DUPLICATE = new Detour('the package holds this key');

/** The page, or for split rows the package, holds this key: the row is passed over. */
export const REPEATED = new Detour('the key was seen before');
