import type { Command } from 'commander';

import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import { type AccessFindings, checkAccess } from '../../functions/engine/run/checkAccess.ts';
import { drawTable } from '../render/summary.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

const LABELS: Readonly<Record<keyof AccessFindings, string>> = {
  gitlab: 'GitLab',
  version: 'its version',
  user: "the token's user",
  administrator: 'is an administrator',
  scopes: "the token's scopes",
  expires: 'the token expires',
  database: 'database',
  databaseUser: 'login',
  mayCreateSchemas: 'may create schemas',
};

/** `check`: whether token and database allow a run, in a few requests. */
export function addCheckCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('check')
    .description('check token, GitLab and database rights, without loading anything')
    .action(() =>
      withSettings(async (environment) => {
        const settings = await loadSettings(environment);
        const findings = await checkAccess(settings, {
          signal,
          now: Date.now,
          random: Math.random,
        });
        if (isForPeople(environment)) {
          const rows = Object.entries(findings).map(([name, value]) => [
            LABELS[name as keyof AccessFindings],
            String(value ?? 'not told'),
          ]);
          output.line(drawTable(['what', 'found'], rows, []).trimEnd());
        } else {
          output.line(JSON.stringify({ event: 'check', ...findings }));
        }
        return 0;
      }),
    );
}
