import { countsQuery } from '../load/partitionRows.ts';
import { countedScopes, isCounted } from '../model/completeness.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { Schema } from '../model/schema.ts';
import type { Check } from '../sql/checks.ts';
import { vanishedCheck } from '../state/completenessLedger.ts';

/** Whether rows of one table have vanished since they were counted, one check for each resource that fills it. */
export function vanishedChecks(
  {
    dataset,
    resources,
    live,
  }: {
    readonly dataset: string;
    readonly resources: readonly ResourceSpec[];
    readonly live: Schema;
  },
  root: string,
): readonly Check[] {
  return resources.flatMap((resource) => {
    if (resource.table !== root || !isCounted(resource)) return [];
    const nullColumns = countedScopes(resource, resources);
    if (nullColumns === undefined) return [];
    const counts = countsQuery({ dataset, schema: live, resource, nullColumns });
    if (counts === undefined) return [];
    return [vanishedCheck(dataset, { resource: resource.id, where: root, counts })];
  });
}
