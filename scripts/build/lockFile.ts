/** One package of a lock file, as far as it is read here; whatever else it says is passed on. */
export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The packages of a lock file by where they are installed; the project itself is at ''. */
export type Locked = Readonly<Record<string, LockedPackage>>;

/** What of a lock file is installed for some dependencies of the project, in the same versions and at the same places. */
export function lockedFor(names: readonly string[], packages: Locked): Locked {
  const wanted = new Set<string>();
  const visit = (from: string, name: string): void => {
    const place = placeOf(from, name, packages);
    if (place === undefined || wanted.has(place)) return;
    wanted.add(place);
    const { dependencies, optionalDependencies } = packages[place] ?? {};
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies }))
      visit(place, next);
  };
  for (const name of names) visit('', name);
  return Object.fromEntries([...wanted].sort().map((place) => [place, packages[place] ?? {}]));
}

/** Where Node finds a package: in the nearest `node_modules` upwards that has it. */
function placeOf(from: string, name: string, packages: Locked): string | undefined {
  const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (place in packages) return place;
  if (from === '') return undefined;
  const above = from.lastIndexOf('node_modules/');
  return placeOf(from.slice(0, Math.max(0, above - 1)), name, packages);
}
