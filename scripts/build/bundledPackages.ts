import { readdirSync, readFileSync } from 'node:fs';

import type { Metafile } from 'esbuild';

/** Where the packages are installed whose code is in bundles: keys of the lock file. */
export function bundledPackages(metafiles: readonly Metafile[]): readonly string[] {
  const inputs = metafiles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [path] : [],
      ),
    ),
  );
  return [...new Set(inputs.flatMap((path) => placeOf(path) ?? []))].sort();
}

/** The installed package that a file belongs to; undefined for files of the project. */
function placeOf(path: string): string | undefined {
  const parts = path.split('node_modules/').slice(1);
  const [name] = /^(?:@[^/]+\/)?[^/]+/.exec(parts.at(-1) ?? '') ?? [];
  if (name === undefined) return undefined;
  return ['', ...parts.slice(0, -1), name].join('node_modules/');
}

/** What their authors ask to be told with copies of their code. */
export function licenceTexts(places: readonly string[], root: string): string {
  return places.map((place) => `${place}\n\n${licenceOf(`${root}/${place}`)}\n`).join('\n');
}

function licenceOf(directory: string): string {
  const names = readdirSync(directory).filter((name) => /^licen[cs]e/i.test(name));
  if (names.length > 0)
    return names.map((name) => readFileSync(`${directory}/${name}`, 'utf8').trim()).join('\n\n');
  const { license } = JSON.parse(readFileSync(`${directory}/package.json`, 'utf8')) as {
    readonly license?: string;
  };
  return license ?? 'no licence given';
}
