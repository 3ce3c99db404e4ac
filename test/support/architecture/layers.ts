/** Stages of the engine that only `run` joins together, with the folders each may import besides its own. */
const STAGES: Readonly<Record<string, readonly string[]>> = {
  model: [],
  catalog: ['model'],
  config: ['model', 'alloydb', 'google'],
  google: ['model', 'alloydb'],
  trigger: ['model'],
  plan: ['model', 'catalog'],
  extract: ['model'],
  normalize: ['model'],
  alloydb: [],
  sql: ['model'],
  load: ['model', 'sql'],
  state: ['model', 'sql'],
  report: ['model'],
};

/** Packages that one stage hides from the rest of the program. */
const PACKAGES: Readonly<Record<string, string>> = {
  pg: 'sql',
  'pg-copy-streams': 'sql',
  got: 'extract',
  'google-auth-library': 'alloydb',
  '@google-cloud/secret-manager': 'google',
};

/** The folders of the engine. */
export const ENGINE_FOLDERS: readonly string[] = [...Object.keys(STAGES), 'run'];

/** A part of the program, found from a path below the project's root. */
type Place =
  | { readonly part: 'engine'; readonly folder: string }
  | { readonly part: 'family'; readonly folder: string; readonly file: string }
  | { readonly part: 'families' }
  | { readonly part: 'job' }
  | { readonly part: 'scripts' | 'test' | 'elsewhere' };

/** Says in a sentence why one file of the project may not import another; undefined when it may. */
export function forbiddenFile(from: string, to: string): string | undefined {
  const importer = placeOf(from);
  const imported = placeOf(to);
  if (importer.part === 'engine') return forbiddenToEngine(importer.folder, imported);
  if (importer.part === 'family') return forbiddenToFamily(importer, imported);
  if (importer.part === 'job') {
    return imported.part === 'families' || isEngine(imported, ['run'])
      ? undefined
      : 'functions/job.ts imports functions/catalog.ts and engine/run only';
  }
  if (importer.part === 'families') {
    return imported.part === 'family' || isEngine(imported, ['catalog', 'model'])
      ? undefined
      : 'functions/catalog.ts imports families, engine/catalog and engine/model only';
  }
  return undefined;
}

/**
 * Says in a sentence why a file may not import a package; undefined when it may. Tests may import any, and benchmarks,
 * which measure a floor without the code that they compare with it.
 */
export function forbiddenPackage(from: string, specifier: string): string | undefined {
  const importer = placeOf(from);
  if (importer.part === 'test' || importer.part === 'elsewhere') return undefined;
  if (from.startsWith('scripts/bench/')) return undefined;
  if (importer.part === 'engine' && importer.folder === 'model')
    return 'engine/model imports nothing';
  const owner = PACKAGES[packageOf(specifier)];
  if (owner === undefined || isEngine(importer, [owner])) return undefined;
  return `only engine/${owner} imports ${packageOf(specifier)}`;
}

function forbiddenToEngine(folder: string, imported: Place): string | undefined {
  if (imported.part !== 'engine') return 'the engine imports the engine only';
  const allowed = STAGES[folder];
  if (allowed === undefined || imported.folder === folder || allowed.includes(imported.folder)) {
    return undefined;
  }
  const others = allowed.map((name) => `engine/${name}`).join(' and ');
  return `engine/${folder} imports ${others === '' ? 'nothing' : `${others} only`}`;
}

/** The index also names the families whose rows it needs, so that it can load those first. */
function forbiddenToFamily(
  { folder, file }: { readonly folder: string; readonly file: string },
  imported: Place,
): string | undefined {
  const isIndex = file === 'index.ts';
  if (imported.part === 'family') {
    const mayName = isIndex || folder === 'webhooks';
    if (imported.folder === folder || (mayName && imported.file === 'resources.ts'))
      return undefined;
    return 'a family imports another only in its index.ts, and only its resources.ts';
  }
  const allowed = ['catalog', 'model', ...(isIndex || folder === 'webhooks' ? ['run'] : [])];
  if (isEngine(imported, allowed)) return undefined;
  const names = allowed.map((name) => `engine/${name}`).join(', ');
  return `functions/${folder}/${file} imports ${names} and its own folder only`;
}

function isEngine(place: Place, folders: readonly string[]): boolean {
  return place.part === 'engine' && folders.includes(place.folder);
}

function placeOf(path: string): Place {
  const [top = '', folder = '', ...rest] = path.split('/');
  if (top === 'scripts' || top === 'test') return { part: top };
  if (top !== 'functions') return { part: 'elsewhere' };
  if (folder === 'engine') return { part: 'engine', folder: rest[0] ?? '' };
  if (rest.length === 0) return { part: folder === 'job.ts' ? 'job' : 'families' };
  return { part: 'family', folder, file: rest.join('/') };
}

function packageOf(specifier: string): string {
  const [scope = '', name = ''] = specifier.split('/');
  return scope.startsWith('@') ? `${scope}/${name}` : scope;
}
