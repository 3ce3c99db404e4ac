import { ENGINE_FOLDERS, forbiddenFile, forbiddenPackage } from './layers.ts';
import { importedPath, type Source } from './sourceTree.ts';

/** Imports that cross a border between the layers. */
export function forbiddenImports(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap((specifier) => {
      const target = importedPath(path, specifier);
      const reason =
        target === undefined ? forbiddenPackage(path, specifier) : forbiddenFile(path, target);
      return reason === undefined ? [] : [`${path} imports ${specifier}: ${reason}`];
    }),
  );
}

/** Circles of imports, types included; each is reported once. */
export function cycles(sources: readonly Source[]): readonly string[] {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.map((specifier) => importedPath(path, specifier)).filter((to) => to !== undefined),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];

  function visit(path: string, trail: readonly string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/** Files outside the folders of the design, and families without their two files. */
export function misplacedFiles(sources: readonly Source[]): readonly string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return [...paths].flatMap((path) => {
    const [top, folder = '', third] = path.split('/');
    if (top !== 'functions' || folder === 'catalog.ts' || folder === 'job.ts') return [];
    if (third === undefined) return [`${path} is not in a folder`];
    if (folder === 'engine') {
      return ENGINE_FOLDERS.includes(third) ? [] : [`${path} is in no folder of the engine`];
    }
    if (folder === 'webhooks') return [];
    return ['index.ts', 'resources.ts']
      .filter((file) => !paths.has(`functions/${folder}/${file}`))
      .map((file) => `functions/${folder} has no ${file}`);
  });
}
