import { type Database, openPool } from '../../functions/engine/sql/pool.ts';

/** Runs work with one connection to the administrator's database. */
export async function administrate<T>(
  url: string,
  work: (admin: Database) => Promise<T>,
): Promise<T> {
  const admin = openPool({ url, applicationName: 'tests', max: 1 });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

/** The same server and login with another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
