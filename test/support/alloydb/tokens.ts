import type { Credentials } from '../../../functions/engine/alloydb/index.ts';

/** Gives tokens and remembers which scope each is for, as Google's servers would know. */
export interface TokenOffice {
  readonly credentials: Credentials;
  /** The scope of a token; undefined when it was never given. */
  scopeOf(token: string): string | undefined;
  /** Every token that was given. */
  given(): readonly string[];
}

/** Opens an office that gives one token for each scope. */
export function openTokenOffice(): TokenOffice {
  const scopes = new Map<string, string>();
  return {
    credentials: {
      accessToken: (scope) => {
        const token = `ya29.canary-${scope.replace(/^.*\//, '')}`;
        scopes.set(token, scope);
        return Promise.resolve(token);
      },
    },
    scopeOf: (token) => scopes.get(token),
    given: () => [...scopes.keys()],
  };
}
