import { globSync } from 'node:fs';

import { LoaderError } from '../../functions/engine/model/errors.ts';

/** The lines of a file that alone are mutated. */
export interface Region {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

const REGION = /^(?<file>[^:]+)(?::(?<from>[1-9]\d{0,5})-(?<to>[1-9]\d{0,5}))?$/;
const LAST_LINE = 999_999;

/** Reads `FILE` and `FILE:FROM-TO`; throws E_REQUEST for anything else. */
export function parseRegion(text: string): Region {
  const { file, from = 1, to = LAST_LINE } = REGION.exec(text)?.groups ?? {};
  const region = { file: file ?? '', from: Number(from), to: Number(to) };
  if (file !== undefined && region.from <= region.to) return region;
  throw new LoaderError('E_REQUEST', `Expected FILE or FILE:FROM-TO after --only, got '${text}'.`);
}

/** The regions that lie in the files of some patterns. */
export function regionsOf(
  regions: readonly Region[],
  patterns: readonly string[],
): readonly Region[] {
  const files = new Set(globSync([...patterns]));
  return regions.filter(({ file }) => files.has(file));
}

/** Whether one of the regions holds the line of the file. */
export function isInside(
  regions: readonly Region[],
  place: { readonly path: string; readonly line: number },
): boolean {
  return regions.some(
    ({ file, from, to }) => file === place.path && from <= place.line && place.line <= to,
  );
}
