import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, type Plugin } from 'esbuild';

import type { Entrance } from '../../test/support/cli.ts';
import { groupedBy } from '../../test/support/stored.ts';
import { bundleOptions } from '../bundleOptions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** One place of the loader's source that a build has otherwise. */
export interface Substitution {
  /** Below the project's root. */
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly text: string;
  readonly instead: string;
}

/** Bundles of the loader in a directory of their own. */
export interface LoaderBuilds extends Disposable {
  /** The command line with these places substituted; the source itself stays as it is. */
  build(name: string, substitutions: readonly Substitution[]): Promise<Entrance>;
}

/** Small pages and packages, so that few rows have as many points to strike at as many rows. */
export const SMALL_PACKAGES: readonly Substitution[] = [
  {
    file: 'functions/engine/run/packager.ts',
    text: 'rows: 2_000,',
    instead: 'rows: 40,',
  },
  {
    file: 'functions/engine/extract/pagination/pageSize.ts',
    text: 'PAGE_SIZE = 100;',
    instead: 'PAGE_SIZE = 20;',
  },
];

/** Opens a directory for bundles; it goes when it is disposed of. */
export function openLoaderBuilds(): LoaderBuilds {
  const directory = mkdtempSync(join(tmpdir(), 'gitlab-alloydb-builds-'));
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  process.once('exit', remove);
  return {
    build: async (name, substitutions) => {
      const program = join(directory, `${name}.cjs`);
      await build({
        ...bundleOptions,
        minify: false,
        sourcemap: false,
        legalComments: 'none',
        entryPoints: ['scripts/bundledCli.ts'],
        outfile: program,
        plugins: [substituting(substitutions)],
      });
      return { program };
    },
    [Symbol.dispose]: () => {
      process.off('exit', remove);
      remove();
    },
  };
}

/** Hands esbuild other text for some files; fails when the source has moved on from under a substitution. */
function substituting(substitutions: readonly Substitution[]): Plugin {
  const byFile = groupedBy(substitutions, ({ file }) => join(ROOT, file));
  return {
    name: 'substituting',
    setup: (bundle) => {
      for (const [path, changes] of byFile) {
        const filter = new RegExp(`${escaped(path)}$`);
        bundle.onLoad({ filter }, () => ({
          contents: changes.reduce(replaceOnce, readFileSync(path, 'utf8')),
          loader: 'ts' as const,
        }));
      }
    },
  };
}

function replaceOnce(source: string, { file, text, instead }: Substitution): string {
  const parts = source.split(text);
  if (parts.length !== 2) throw new Error(`'${text}' does not stand in ${file} exactly once.`);
  return parts.join(instead);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
