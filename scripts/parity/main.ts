import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openPool } from '../../functions/engine/sql/pool.ts';
import { output } from '../commands/terminal.ts';
import { startPostgres } from '../local/postgres.ts';
import { compareScenarios, type ScenarioVerdict } from './verdicts.ts';

const EXPECTATIONS = fileURLToPath(new URL('../../test/parity/expectations', import.meta.url));

const folder = process.argv[2];
if (folder === undefined) {
  output.error('usage: npm run parity -- FOLDER-OF-SCENARIOS\n');
  process.exitCode = 2;
} else process.exitCode = await main(folder);

async function main(scenarios: string): Promise<number> {
  const server = await openServer();
  const database = openPool({ url: server.url, applicationName: 'parity', max: 4 });
  const counts = { same: 0, 'on purpose': 0, differs: 0 };
  try {
    const options = { folder: scenarios, expectations: EXPECTATIONS };
    for await (const verdict of compareScenarios(database, options)) {
      counts[verdict.verdict] += 1;
      output.line(`${verdict.scenario}: ${sentence(verdict)}`);
    }
  } finally {
    await database.close();
    await server.close();
  }
  const { same, differs, 'on purpose': wanted } = counts;
  output.line(`${same} same, ${wanted} differ on purpose, ${differs} DIFFER`);
  return differs === 0 ? 0 : 1;
}

function sentence({ verdict, details }: ScenarioVerdict): string {
  switch (verdict) {
    case 'same':
      return 'same';
    case 'on purpose':
      return `differs on purpose: ${details}`;
    case 'differs':
      return `DIFFERS: ${details}`;
  }
}

async function openServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const url = process.env['PARITY_DATABASE_URL'];
  if (url !== undefined && url !== '') return { url, close: () => Promise.resolve() };
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-parity-'));
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const postgres = await startPostgres({ directory, settings });
  return {
    url: postgres.url,
    close: async () => {
      await postgres.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
