/** What one request may ask of the client. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** The same request for fewer rows; asked for when the server fails repeatedly or sends too much. */
  readonly smaller?: ((pathAndQuery: string) => string | undefined) | undefined;
  /** Statuses that are answers here although other endpoints use them for "try again". */
  readonly settled?: readonly number[] | undefined;
  /** `leader`: only the token that leads, because the answer depends on who asks. Any token by default. */
  readonly sender?: Sender | undefined;
}

/** Which token sends a request. */
export type Sender = 'any' | 'leader' | { readonly token: string };
