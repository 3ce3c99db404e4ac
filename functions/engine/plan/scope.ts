import picomatch from 'picomatch';

import { LoaderError } from '../model/errors.ts';

/** Which full paths GITLAB_SCOPE admits. */
export interface ScopeFilter {
  /** The setting's text; empty when everything is admitted. */
  readonly text: string;
  readonly admits: (fullPath: string) => boolean;
}

const PATTERN = /^!?[\p{L}\p{N}_.*?[\]{}()+@-]+(?:\/[\p{L}\p{N}_.*?[\]{}()+@-]+)*$/u;

/** Reads comma-separated globs over full paths; `!` excludes. Throws E_CONFIG naming the glob that is none. */
export function parseScope(text: string | undefined): ScopeFilter {
  const globs = (text ?? '').split(',').map((glob) => glob.trim());
  if (text === undefined || text.trim() === '') return { text: '', admits: () => true };
  const bad = globs.find((glob) => !PATTERN.test(glob) || !isBalanced(glob));
  if (bad !== undefined) {
    throw new LoaderError(
      'E_CONFIG',
      `GITLAB_SCOPE: '${bad}' is no glob over full paths; expected for example 'acme/**,!acme/archive/**'.`,
    );
  }
  const included = globs.filter((glob) => !glob.startsWith('!'));
  const excluded = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const matches = picomatch(included.length > 0 ? included : ['**'], { dot: true, nocase: true });
  const excludes =
    excluded.length > 0 ? picomatch(excluded, { dot: true, nocase: true }) : () => false;
  return { text, admits: (fullPath) => matches(fullPath) && !excludes(fullPath) };
}

function isBalanced(glob: string): boolean {
  const pairs = ['[]', '{}', '()'] as const;
  return pairs.every(
    ([open, close]) => glob.split(open ?? '').length === glob.split(close ?? '').length,
  );
}
