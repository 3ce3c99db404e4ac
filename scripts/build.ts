import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

import { catalog } from '../functions/catalog.ts';
import { bundleOptions } from './bundleOptions.ts';
import { requireBuiltins } from './requireBuiltins.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRAMEWORK = '@google-cloud/functions-framework';

await rm(`${ROOT}/dist`, { recursive: true, force: true });
await mkdir(`${ROOT}/dist`);
// In parts, because what a command does not need takes longer to read than the rest of it.
await build({
  ...bundleOptions,
  format: 'esm',
  splitting: true,
  entryPoints: { main: 'scripts/bundledCli.ts' },
  outdir: 'dist/cli',
  outExtension: { '.js': '.mjs' },
  plugins: [requireBuiltins],
  // Several dependencies call `require`.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
  },
});
await writeFile(`${ROOT}/dist/cli.cjs`, "#!/usr/bin/env node\nimport('./cli/main.mjs');\n");
await chmod(`${ROOT}/dist/cli.cjs`, 0o755);
await build({
  ...bundleOptions,
  stdin: { contents: functionsEntry(), resolveDir: ROOT, loader: 'ts' },
  outfile: 'dist/index.cjs',
  // The framework registers functions in its own copy of itself, so there must be one copy only.
  external: ['pg-native', FRAMEWORK],
});
await writeFile(
  `${ROOT}/dist/package.json`,
  `${JSON.stringify(await functionsPackage(), undefined, 2)}\n`,
);

/** Every family registers its function; a deployment chooses one by its target. */
function functionsEntry(): string {
  return Object.keys(catalog)
    .map((family) => `import './functions/${family}/index.ts';`)
    .join('\n');
}

async function functionsPackage(): Promise<object> {
  const source = await readFile(`${ROOT}/package.json`, 'utf8');
  const { version, engines, dependencies } = JSON.parse(source) as {
    readonly version: string;
    readonly engines: object;
    readonly dependencies: Readonly<Record<string, string>>;
  };
  return {
    name: 'gitlab-alloydb-functions',
    version,
    private: true,
    main: 'index.cjs',
    engines,
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
}
