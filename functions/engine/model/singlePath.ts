import type { ResourceSpec } from './resource.ts';

/** Values of a stored row by the names of its columns. */
export type RowValues = Readonly<Record<string, string | number | bigint | null | undefined>>;

const PARAMETER = /\{(\w+)\}/g;

/** The columns of a row that name its single path, in the order in which the path has them. */
export function singleColumns({ single = '' }: Pick<ResourceSpec, 'single'>): readonly string[] {
  return [...single.matchAll(PARAMETER)].flatMap(([, name]) => name ?? []);
}

/**
 * The path of one stored row below the API, encoded. Undefined where GitLab has no such path, where the row lacks a value
 * that it needs, and where a value is `.` or `..`, which means another place.
 */
export function singlePath(
  resource: Pick<ResourceSpec, 'single'>,
  row: RowValues,
): string | undefined {
  const { single } = resource;
  if (single === undefined) return undefined;
  const values = singleColumns(resource).map((name) => String(row[name] ?? ''));
  if (values.some((value) => value === '' || value === '.' || value === '..')) return undefined;
  return single.replaceAll(PARAMETER, (_, name: string) => encodeURIComponent(String(row[name])));
}
