import { startGitlab } from '../../test/support/gitlab/server.ts';
import type { Environment } from '../commands/terminal.ts';
import { startPostgres } from './postgres.ts';

const NEEDED = [
  'GITLAB_BASE_URL',
  'GITLAB_TOKEN',
  'GITLAB_TOKEN_FILE',
  'GITLAB_TOKEN_SECRET',
  'DATABASE_URL',
  'DATABASE_URL_FILE',
  'DATABASE_URL_SECRET',
  'ALLOYDB_INSTANCE',
];

/**
 * Without any setting that names a GitLab or a database, a command works on the simulated GitLab and the embedded
 * PostgreSQL, which are started for it and stopped after it.
 */
export async function withLocalDefaults(
  environment: Environment,
  work: (environment: Environment) => Promise<number>,
): Promise<number> {
  if (NEEDED.some((name) => (environment[name] ?? '') !== '')) return work(environment);
  const postgres = await startPostgres();
  const gitlab = await startGitlab();
  try {
    return await work({
      ...environment,
      GITLAB_BASE_URL: gitlab.url,
      GITLAB_TOKEN: gitlab.adminToken,
      DATABASE_URL: postgres.url,
    });
  } finally {
    await gitlab.close();
    await postgres.stop();
  }
}
