import type { GitlabResponse } from './response.ts';

/** What became of one attempt: a whole answer, something broken on the way, or too much of it. */
export type Exchange =
  | { readonly kind: 'answer'; readonly response: GitlabResponse }
  | { readonly kind: 'broken'; readonly cause: ForeignCause; readonly where: 'network' | 'body' }
  | { readonly kind: 'too-large' };

/** What is kept of a foreign error. */
export interface ForeignCause {
  readonly code: string;
  readonly message: string;
}
