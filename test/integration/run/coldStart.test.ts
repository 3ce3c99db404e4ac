import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

const ENGINE = join(import.meta.dirname, '../../../functions/engine');

/** Loads what a function loads, then its settings, in a process of its own; says which large packages that took. */
const PROGRAM = `
  import { createRequire } from 'node:module';
  await import('${ENGINE}/run/serve.ts');
  const { loadSettings } = await import('${ENGINE}/config/loadSettings.ts');
  await loadSettings(process.env);
  const loaded = Object.keys(createRequire('/').cache).join();
  const names = ['google-gax', 'google-auth-library', '@google-cloud/secret-manager', 'functions-framework'];
  console.log(JSON.stringify(names.filter((name) => loaded.includes(\`/\${name}/\`))));
`;

test('a start without secrets in Secret Manager loads none of its client', () => {
  const settings = { GITLAB_TOKEN: 'x', DATABASE_URL: 'postgres://h/d' };

  const written = execFileSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    env: { PATH: process.env['PATH'], ...settings },
    encoding: 'utf8',
  });

  expect(JSON.parse(written)).toEqual(['functions-framework']);
});
