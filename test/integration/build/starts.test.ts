import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { functionsBundle } from '../../../scripts/build/bundles.ts';
import { FUNCTION_TARGETS } from '../../../scripts/build/targets.ts';

const ROOT = join(import.meta.dirname, '../../..');
const directory = mkdtempSync(join(tmpdir(), 'starts-'));

beforeAll(async () => {
  const { plugins, ...options } = functionsBundle(ROOT);
  await build({
    ...options,
    outfile: join(directory, 'index.cjs'),
    sourcemap: false,
    legalComments: 'none',
    plugins: [...plugins, tellsEvaluation],
  });
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Lets every module of the bundle say that it is evaluated. */
const tellsEvaluation: Plugin = {
  name: 'tells-evaluation',
  setup: (bundle) => {
    bundle.onLoad({ filter: /\.(?:ts|[cm]?js)$/ }, ({ path }) => {
      const name = path.includes('node_modules/')
        ? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
        : path.slice(path.indexOf('functions/'));
      const tell = `(globalThis.evaluated ??= new Set()).add(${JSON.stringify(name)});`;
      const source = readFileSync(path, 'utf8');
      return {
        contents: `${tell}${source}`,
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      };
    });
  },
};

/** What a process with this target evaluates before its first request: modules of the bundle, files beside it. */
function startOf(target: string): {
  readonly modules: readonly string[];
  readonly files: readonly string[];
} {
  const program = `
    require(${JSON.stringify(join(directory, 'index.cjs'))});
    const files = Object.keys(require.cache).filter((file) => !file.includes('node_modules'));
    console.log(JSON.stringify({ modules: [...globalThis.evaluated], files }));
  `;
  const told = execFileSync(process.execPath, ['-e', program], {
    env: { FUNCTION_TARGET: target },
    encoding: 'utf8',
  });
  return JSON.parse(told) as ReturnType<typeof startOf>;
}

const FAMILY = /^functions\/(?!engine\/)[^/]+\/resources\.ts$/;
const DRIVER = /^(?:pg|got)\//;

describe('a start', () => {
  test('of a family evaluates no other families than those it names, and not what runs', () => {
    const { modules } = startOf('issues');

    expect(modules.filter((name) => FAMILY.test(name)).sort()).toEqual([
      'functions/issues/resources.ts',
      'functions/projects/resources.ts',
    ]);
    expect(modules).not.toContain('functions/engine/run/run.ts');
    expect(modules.filter((name) => DRIVER.test(name))).toEqual([]);
  });

  test('of the receiver evaluates neither families nor what loads them', () => {
    const { modules } = startOf('receive');

    expect(modules).toContain('functions/webhooks/receive.ts');
    expect(modules.filter((name) => FAMILY.test(name) || DRIVER.test(name))).toEqual([]);
  });

  test('without a target registers every function and reads nothing but the bundle', () => {
    const { modules, files } = startOf('');

    expect(modules).toEqual(expect.arrayContaining(Object.values(FUNCTION_TARGETS)));
    expect(files).toEqual([join(directory, 'index.cjs')]);
  });
});
