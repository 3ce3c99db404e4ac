import { readFileSync, writeFileSync } from 'node:fs';

import { billOfMaterials } from './billOfMaterials.ts';
import { licenceTexts } from './bundledPackages.ts';
import { FRAMEWORK, type Places } from './bundles.ts';
import { type Locked, lockedFor } from './lockFile.ts';

const NAME = 'gitlab-alloydb-functions';

/**
 * What is uploaded has no maps: they are larger than all else, and are of use where the stack of an error is read. What V8 has
 * compiled is of use to the same Node.js only, and is made again by `gcp-build`.
 */
const NOT_UPLOADED = ['*.map', '*.cache', 'node_modules/'];

interface Project {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Everything around the bundles that makes the folder one that can be deployed as it is. */
export function writeDistFiles({ root, dist }: Places, bundled: readonly string[]): void {
  const project = readJson(`${root}/package.json`) as Project;
  const { packages } = readJson(`${root}/package-lock.json`) as { readonly packages: Locked };
  const installed = lockedFor([FRAMEWORK], packages);
  const inBundles = Object.fromEntries(bundled.map((place) => [place, packages[place] ?? {}]));
  const manifest = functionsPackage(project);

  writeJson(`${dist}/package.json`, manifest);
  writeJson(`${dist}/package-lock.json`, lockFile(manifest, installed));
  writeJson(
    `${dist}/sbom.cdx.json`,
    billOfMaterials({
      name: NAME,
      version: project.version,
      packages: { ...inBundles, ...installed },
    }),
  );
  writeFileSync(`${dist}/LICENSES.txt`, licenceTexts(bundled, root));
  writeFileSync(`${dist}/.gcloudignore`, `${NOT_UPLOADED.join('\n')}\n`);
}

function functionsPackage({ version, license, dependencies }: Project) {
  return {
    name: NAME,
    version,
    license,
    private: true,
    main: 'index.cjs',
    bin: { 'gitlab-alloydb': 'cli.cjs' },
    scripts: { start: 'node server.cjs', 'gcp-build': 'node server.cjs --compile' },
    // Google's builders take the newest that fits.
    engines: { node: '>=22 <25' },
    dependencies: { [FRAMEWORK]: dependencies[FRAMEWORK] },
  };
}

function lockFile(manifest: ReturnType<typeof functionsPackage>, installed: Locked): object {
  const { name, version, license, bin, engines, dependencies } = manifest;
  return {
    name,
    version,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, version, license, bin, engines, dependencies }, ...installed },
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function writeJson(file: string, content: object): void {
  writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
}
