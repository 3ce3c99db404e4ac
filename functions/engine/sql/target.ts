import pg from 'pg';

import { LoaderError } from '../model/errors.ts';
import type { Target } from './errors.ts';

/** Reads from a URL where it leads to, as pg itself reads it; fails on a URL that would be misread. */
export function poolTarget(url: string): Target {
  requireEncodedPassword(url);
  try {
    const { host, port, database, user, password } = new pg.Client({ connectionString: url });
    const place = `${host}:${port.toString()}`;
    return { place, database: database ?? user ?? '', password: password ?? '' };
  } catch (error) {
    // Without the cause: it quotes the URL.
    const isFile = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new LoaderError(
      'E_CONFIG',
      isFile
        ? 'A certificate file that the database URL names does not exist.'
        : 'The database URL is not a postgres:// URL.',
    );
  }
}

/** A '/', '?' or '#' inside a password ends the host early, so that parts of the password pass for host and port. */
function requireEncodedPassword(url: string): void {
  const afterHost = /^[a-z]+:\/\/[^/?#]*(.*)$/is.exec(url)?.[1] ?? '';
  if (!afterHost.includes('@')) return;
  throw new LoaderError(
    'E_CONFIG',
    'The password in the database URL contains characters that must be percent-encoded.',
  );
}
