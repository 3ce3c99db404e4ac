import { dependentViews } from '../load/dependentViews.ts';
import type { LoadId } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RecordedChange, SchemaChange } from '../model/schema.ts';
import type { Session } from '../sql/session.ts';

/** What needs a change: the resource, and the load that its rows are gathered for. */
export interface ChangeOrigin {
  readonly resource: ResourceSpec;
  readonly load: LoadId;
}

/** Completes changes with where they come from and with the views that read their tables. */
export async function withOrigin(
  session: Session,
  dataset: string,
  { changes, origin }: { readonly changes: readonly SchemaChange[]; readonly origin: ChangeOrigin },
): Promise<readonly RecordedChange[]> {
  const tables = [...new Set(changes.map(({ table }) => table))];
  const views = await dependentViews(session, dataset, tables);
  return changes.map((change) => {
    const readers = views.get(change.table);
    return {
      ...change,
      ...(readers === undefined ? {} : { views: readers }),
      resource: origin.resource.id,
      loadId: origin.load,
    };
  });
}
