/** What went wrong, by the phase in which it did. README.md says what to do about each. */
export type AlloydbErrorCode =
  | 'INVALID_INSTANCE_URI'
  | 'NO_CREDENTIALS'
  | 'API_DENIED'
  | 'API_NOT_FOUND'
  | 'API_UNAVAILABLE'
  | 'API_ANSWER'
  | 'NO_ADDRESS'
  | 'CONNECT_FAILED'
  | 'TLS_FAILED'
  | 'EXCHANGE_FAILED'
  | 'EXCHANGE_DENIED'
  | 'CLOSED';

/** The only error of the connector. Its message is one sentence and never holds a token, a key or a response body. */
export class AlloydbError extends Error {
  override readonly name = 'AlloydbError';
  readonly code: AlloydbErrorCode;

  constructor(code: AlloydbErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Names what the network or TLS reported, e.g. `ECONNREFUSED`: foreign errors may carry more than may be shown. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ');
  if (!(error instanceof Error)) return 'unknown error';
  const { cause } = error;
  if (cause instanceof Error) return reasonOf(cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
