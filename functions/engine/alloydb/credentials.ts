import type { GoogleAuth } from 'google-auth-library';

import { isPassingStatus } from './apiError.ts';
import { AlloydbError } from './errors.ts';

/** Allows calls of the Admin API. */
export const API_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Allows logins to databases, and nothing else: the only token that the instance ever sees. */
export const LOGIN_SCOPE = 'https://www.googleapis.com/auth/alloydb.login';

/** Who calls. Tokens are asked for before every call, so whoever gives them should keep them while they are valid. */
export interface Credentials {
  accessToken(scope: string): Promise<string>;
  /** The project that API calls are counted for, where it is not that of the credentials. */
  quotaProject?(): Promise<string | undefined>;
}

/** The application default credentials: those of the service on Google Cloud, or of `gcloud` and the like elsewhere. */
export function applicationDefault(): Credentials {
  const byScope = new Map<string, Promise<GoogleAuth>>();

  function authOf(scope: string): Promise<GoogleAuth> {
    const known = byScope.get(scope);
    if (known !== undefined) return known;
    // Loaded on first use: it costs a cold start some 60 ms.
    const made = import('./googleAuth.ts').then((library) => {
      return new library.GoogleAuth({ scopes: [scope] });
    });
    byScope.set(scope, made);
    return made;
  }

  return {
    accessToken: async (scope) => {
      const token = await (await authOf(scope)).getAccessToken();
      return token ?? '';
    },
    quotaProject: async () => {
      const client = await (await authOf(API_SCOPE)).getClient();
      return client.quotaProjectId;
    },
  };
}

/** What the loser of a race against the clock gets: the source of tokens gave no answer in time. */
export function credentialsLate(milliseconds: number): AlloydbError {
  return unavailable(`there was no answer in ${milliseconds.toString()} ms`);
}

/**
 * Maps whatever the source of tokens threw: API_UNAVAILABLE for what may pass. Requests and answers in it hold secrets
 * and are left behind.
 */
export function credentialsError(error: unknown): AlloydbError {
  if (!(error instanceof Error)) return refused('unknown error');
  const { status, code } = error as { readonly status?: number; readonly code?: string };
  const isOfRequest = 'response' in error || 'config' in error;
  if (!isOfRequest) return refused(shown(error.message));
  const reason = `the request for it failed with ${(status ?? code ?? 'an unknown status').toString()}`;
  return status === undefined || isPassingStatus(status) ? unavailable(reason) : refused(reason);
}

/** What a parser says of JSON quotes what it read, which is a key. */
function shown(message: string): string {
  if (/\bJSON\b/.test(message))
    return message.includes('GOOGLE_APPLICATION_CREDENTIALS')
      ? 'the file that GOOGLE_APPLICATION_CREDENTIALS names is not JSON'
      : 'they are not JSON';
  return (message.split('\n')[0] ?? '').trim().replace(/\.$/, '').slice(0, 300);
}

function refused(reason: string): AlloydbError {
  return new AlloydbError(
    'NO_CREDENTIALS',
    `No access token could be had from the credentials: ${reason}.`,
  );
}

function unavailable(reason: string): AlloydbError {
  return new AlloydbError(
    'API_UNAVAILABLE',
    `No access token could be had from the credentials for now: ${reason}.`,
  );
}
