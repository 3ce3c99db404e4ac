/** Where GitLab's token is kept, so that a new one can take its place. */
export interface TokenStore {
  /** What messages call it. */
  readonly place: string;
  /** A token that an earlier rotation received and could not put in its place; undefined when there is none. */
  unfinished(): Promise<(TokenSlot & { readonly token: string }) | undefined>;
  /**
   * Proves that a token can be stored, by storing `current` once more, and makes room for the next one. Throws a
   * LoaderError when it cannot; whatever happens, `current` stays in its place.
   */
  prepare(current: string): Promise<TokenSlot>;
}

/** Room for one token. */
export interface TokenSlot {
  /** Where a token is found that was kept but not put in its place. */
  readonly rescue: string;
  /** Makes a token durable; in some stores it is in its place then. */
  keep(token: string): Promise<void>;
  /** Puts what was kept in its place, at once. */
  install(): Promise<void>;
  /** Gives the room back; for a rotation that did not happen. */
  discard(): Promise<void>;
}
