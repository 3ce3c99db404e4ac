import { execFile } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { build, type BuildOptions, type Metafile } from 'esbuild';

import { bundleOptions } from '../bundleOptions.ts';
import { requireBuiltins } from '../requireBuiltins.ts';
import { LAZY_PACKAGES, lazyPackages } from './lazyPackages.ts';
import { restOnly } from './restOnly.ts';
import { FUNCTION_TARGETS, JOB_FILE } from './targets.ts';

/** Where the project is and where its bundles go. */
export interface Places {
  readonly root: string;
  readonly dist: string;
}

/** The framework registers functions in its own copy of itself, so there must be one copy only. */
export const FRAMEWORK = '@google-cloud/functions-framework';

/**
 * All functions and the job in one bundle, of which a process evaluates what its FUNCTION_TARGET needs. Loaders evaluate all that
 * a run needs at once: a start is given more processor time than the first call after it.
 */
export function functionsBundle(root: string) {
  return {
    ...bundleOptions,
    // Naming every function takes a start longer than reading the code for it.
    keepNames: false,
    external: ['pg-native', FRAMEWORK],
    metafile: true,
    stdin: { contents: functionsEntry(), resolveDir: root, loader: 'ts' },
    plugins: [lazyPackages('./')],
  } as const satisfies BuildOptions;
}

/** Writes `index.cjs`, and `job.cjs`, which is the job's name for it. */
export async function buildFunctions({ root, dist }: Places): Promise<Metafile> {
  const { metafile } = await build({ ...functionsBundle(root), outfile: `${dist}/index.cjs` });
  const job = `process.env.FUNCTION_TARGET = '${JOB}';\nrequire('./index.cjs');\n`;
  await writeFile(`${dist}/job.cjs`, job);
  return metafile;
}

const JOB = 'job';

/** Without a target, or with one that is none, every function is registered, and the framework says what it misses. */
function functionsEntry(): string {
  return `
    const functions = { ${partsOf(FUNCTION_TARGETS)} };
    const parts = { ...functions, ${partsOf({ [JOB]: JOB_FILE })} };
    const target = process.env['FUNCTION_TARGET'] ?? '';
    if (Object.hasOwn(parts, target)) parts[target]();
    else for (const register of Object.values(functions)) register();
    module.exports = {
      targets: Object.keys(functions),
      evaluate: () => { ${LEFT_FOR_LATER.map((name) => `require(${JSON.stringify(name)})`).join(';')} },
    };
  `;
}

function partsOf(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([part, file]) => `${JSON.stringify(part)}: () => require(${JSON.stringify(`./${file}`)})`)
    .join(',\n');
}

/** What runs load with the first call. */
const LEFT_FOR_LATER = ['./functions/engine/run/answerCall.ts', ...Object.keys(LAZY_PACKAGES)];

/**
 * Writes `server.cjs`, which serves one function, `framework.cjs`, which is the framework for it, and what V8 compiles of all.
 */
export async function buildServer({ root, dist }: Places): Promise<readonly Metafile[]> {
  const options = { ...bundleOptions, keepNames: false, metafile: true } as const;
  const entries = {
    'server.cjs': `require('./functions/engine/run/startServer.ts').startServer(__dirname);`,
    'framework.cjs': `module.exports = { ...require('${FRAMEWORK}'), ...require('${FRAMEWORK}/testing') };`,
  };
  const files = Object.entries(entries).map(async ([file, contents]) => {
    const stdin = { contents, resolveDir: root, loader: 'ts' } as const;
    const { metafile } = await build({ ...options, stdin, outfile: `${dist}/${file}` });
    return metafile;
  });
  return Promise.all(files);
}

/** Runs what `gcp-build` runs on Google's builders, where Node.js may be another version. */
export async function compileServer({ dist }: Places): Promise<void> {
  await promisify(execFile)(process.execPath, [`${dist}/server.cjs`, '--compile']);
}

/** The packages that are files of their own. */
export function buildLazyPackages({ root, dist }: Places): Promise<readonly Metafile[]> {
  const files = Object.entries(LAZY_PACKAGES).map(async ([specifier, { file, name }]) => {
    const contents = `exports.${name} = require('${specifier}').${name};`;
    const { metafile } = await build({
      ...bundleOptions,
      keepNames: false,
      metafile: true,
      stdin: { contents, resolveDir: root },
      outfile: `${dist}/${file}`,
      plugins: [restOnly(root)],
    });
    return metafile;
  });
  return Promise.all(files);
}

/** The command, in parts, because what a command does not need takes longer to read than the rest of it. */
export async function buildCommand({ dist }: Places): Promise<Metafile> {
  const { metafile } = await build({
    ...bundleOptions,
    metafile: true,
    format: 'esm',
    splitting: true,
    entryPoints: { main: 'scripts/bundledCli.ts' },
    outdir: `${dist}/cli`,
    outExtension: { '.js': '.mjs' },
    plugins: [requireBuiltins, lazyPackages('../')],
    // Several dependencies call `require`.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module';const require = requireFrom(import.meta.url);",
    },
  });
  await writeFile(`${dist}/cli.cjs`, "#!/usr/bin/env node\nimport('./cli/main.mjs');\n");
  await chmod(`${dist}/cli.cjs`, 0o755);
  return metafile;
}
