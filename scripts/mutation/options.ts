import { parseArgs } from 'node:util';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { MUTATION_GROUPS, type MutationGroup } from './groups.ts';
import { parseRegion, type Region, regionsOf } from './regions.ts';

/** A group and the regions of its files that alone are mutated; undefined where all of them are. */
export interface MutationTask {
  readonly group: MutationGroup;
  readonly regions: readonly Region[] | undefined;
}

/** Reads names of groups and `--only`; throws E_REQUEST for what no group has. */
export function parseOptions(argv: readonly string[]): readonly MutationTask[] {
  const { only, names } = read(argv);
  const groups = (names.length === 0 ? Object.keys(MUTATION_GROUPS) : names).map(groupOf);
  if (only.length === 0) return groups.map((group) => ({ group, regions: undefined }));
  const regions = only.map(parseRegion);
  for (const { file } of regions) requireMutated(file, groups);
  return groups
    .map((group) => ({ group, regions: regionsOf(regions, group.files) }))
    .filter((task) => task.regions.length > 0);
}

function read(argv: readonly string[]): {
  readonly only: readonly string[];
  readonly names: readonly string[];
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { only: { type: 'string', multiple: true, default: [] } },
      allowPositionals: true,
    });
    return { only: values.only.flatMap((text) => text.split(',')), names: positionals };
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function groupOf(name: string): MutationGroup {
  const group = MUTATION_GROUPS[name];
  if (group !== undefined) return group;
  throw wrong(
    `There is no group named '${name}'; known: ${Object.keys(MUTATION_GROUPS).join(', ')}.`,
  );
}

function requireMutated(file: string, groups: readonly MutationGroup[]): void {
  const patterns = groups.flatMap(({ files }) => files);
  if (regionsOf([{ file, from: 1, to: 1 }], patterns).length > 0) return;
  throw wrong(`'${file}' is in none of the groups; known: ${patterns.join(', ')}.`);
}

function wrong(message: string): LoaderError {
  return new LoaderError('E_REQUEST', message);
}
