import type { Catalog } from '../catalog/selection.ts';
import type { RunRequest } from '../model/run.ts';

/** What the function of one family is asked for. */
export interface FamilyOrder {
  readonly family: string;
  readonly request: RunRequest;
}

/** One request as orders for the functions of the families: those it names, those of the resources it names, or all. */
export function ordersByFamily(request: RunRequest, catalog: Catalog): readonly FamilyOrder[] {
  const { families, resources, ...rest } = request;
  const whole = families ?? (resources === undefined ? Object.keys(catalog) : []);
  const parts = Object.values(catalog).flatMap((family) => {
    const named = (resources ?? []).filter((name) => name in family.resources);
    return named.length === 0
      ? []
      : [{ family: family.id, request: { ...rest, resources: named } }];
  });
  return [
    ...whole.map((family) => ({ family, request: { ...rest, families: [family] } })),
    ...parts,
  ];
}
