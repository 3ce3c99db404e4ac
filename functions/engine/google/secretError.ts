import { LoaderError } from '../model/errors.ts';
import type { SecretVersionName } from './secretName.ts';

/** What a person must correct, in the words of `google.rpc.Code`: the name, a right, or a version that is disabled. */
const REFUSALS: ReadonlyMap<unknown, string> = new Map([
  [3, 'INVALID_ARGUMENT'],
  [5, 'NOT_FOUND'],
  [7, 'PERMISSION_DENIED'],
  [9, 'FAILED_PRECONDITION'],
]);

const LONGEST_WORDS = 300;

/**
 * Maps whatever Secret Manager's client threw. Only of a refusal are the words told: what else fails may quote the
 * answer, which holds the secret.
 */
export function secretError(
  error: unknown,
  { variable, secret, version }: SecretVersionName & { readonly variable: string },
): LoaderError {
  if (error instanceof LoaderError) return error;
  const name = `${secret}/versions/${version}`;
  const { code, httpStatusCode, message } = factsOf(error);
  const refusal = REFUSALS.get(code);
  if (refusal !== undefined) {
    return new LoaderError(
      'E_GOOGLE_ACCESS',
      `${variable}: Secret Manager refused '${name}' (${refusal}): ${sentence(message)}`,
    );
  }
  if (isOfCredentials(error)) {
    return new LoaderError(
      'E_GOOGLE_ACCESS',
      `${variable}: no credentials of Google Cloud could be found to read '${name}'.`,
    );
  }
  const reason = httpStatusCode === undefined ? 'no whole answer' : `status ${httpStatusCode}`;
  return new LoaderError(
    'E_GOOGLE',
    `${variable}: Secret Manager does not give '${name}' at the moment (${reason}).`,
  );
}

interface Facts {
  readonly code: unknown;
  readonly httpStatusCode: string | undefined;
  readonly message: string;
}

function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return { code: undefined, httpStatusCode: undefined, message: '' };
  const { code, httpStatusCode } = error as { code?: unknown; httpStatusCode?: unknown };
  return {
    code,
    httpStatusCode: typeof httpStatusCode === 'number' ? httpStatusCode.toString() : undefined,
    message: error.message,
  };
}

/** What fails before a request is made has neither a code of the API nor one of the network. */
function isOfCredentials(error: unknown): boolean {
  return error instanceof Error && !('code' in error) && !('response' in error);
}

function sentence(message: string): string {
  const words = message.replace(/\s+/g, ' ').trim().slice(0, LONGEST_WORDS);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
