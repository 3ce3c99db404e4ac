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

type NamedSecret = SecretVersionName & { readonly variable: string };

/**
 * Maps whatever a call threw. Only of a refusal are the words told: what else fails may quote the answer, which holds
 * the secret.
 */
export function secretError(error: unknown, named: NamedSecret): LoaderError {
  const { code, httpStatusCode, message } = factsOf(error);
  const refusal = REFUSALS.get(code);
  if (refusal !== undefined) {
    return new LoaderError(
      'E_GOOGLE_ACCESS',
      `${named.variable}: Secret Manager refused '${nameOf(named)}' (${refusal}): ${sentence(message)}`,
    );
  }
  const reason =
    typeof httpStatusCode === 'number' ? `status ${httpStatusCode.toString()}` : 'no whole answer';
  return new LoaderError(
    'E_GOOGLE',
    `${named.variable}: Secret Manager does not give '${nameOf(named)}' at the moment (${reason}).`,
  );
}

/** Maps what the search for credentials threw, before anything was asked: only the network has codes. */
export function credentialsProblem(error: unknown, named: NamedSecret): LoaderError {
  const { code } = factsOf(error);
  const [kind, problem] =
    code === undefined
      ? (['E_GOOGLE_ACCESS', 'no credentials of Google Cloud could be found'] as const)
      : (['E_GOOGLE', 'the credentials of Google Cloud cannot be reached'] as const);
  return new LoaderError(kind, `${named.variable}: ${problem} to read '${nameOf(named)}'.`);
}

interface Facts {
  readonly code?: unknown;
  readonly httpStatusCode?: unknown;
  readonly message: string;
}

function factsOf(error: unknown): Facts {
  return error instanceof Error ? error : { message: '' };
}

function nameOf({ secret, version }: SecretVersionName): string {
  return `${secret}/versions/${version}`;
}

function sentence(message: string): string {
  const words = message.replace(/\s+/g, ' ').trim().slice(0, LONGEST_WORDS);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
