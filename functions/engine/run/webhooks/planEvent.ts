import { memberPath } from '../../load/memberPath.ts';
import { LoaderError } from '../../model/errors.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { ResourceSpec } from '../../model/resource.ts';
import type { EventPlan, EventWork, NamedRow } from '../../model/webhookEvent.ts';
import type { WantedPartition } from '../../state/eventWrites.ts';
import type { ConsumerContext } from './consumerContext.ts';
import { type FoundRow, locate, partitionOf } from './fetchRows.ts';

/** What is done for an event. */
export interface EventTask {
  readonly rows: readonly FoundRow[];
  readonly wanted: readonly WantedPartition[];
}

/** The kind that a body says: `object_kind`, else `event_name`; empty where it says none. */
export function kindOf(body: JsonObject): string {
  for (const name of ['object_kind', 'event_name'] as const) {
    const kind = body[name];
    if (typeof kind === 'string' && kind !== '') return kind.slice(0, 100);
  }
  return '';
}

/** Reads the body of an event. Throws E_WEBHOOK_EVENT when it is none of GitLab's. */
export function readBody(data: Buffer): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(data.toString('utf8'));
  } catch {
    body = undefined;
  }
  if (isJsonObject(body)) return body;
  throw new LoaderError('E_WEBHOOK_EVENT', 'The body of an event is no JSON object.');
}

/** What the table of events makes of a body. */
export function planOf({ events }: Pick<ConsumerContext, 'events'>, body: JsonObject): EventPlan {
  const kind = kindOf(body);
  const read = Object.hasOwn(events, kind) ? events[kind] : undefined;
  if (read !== undefined) return read(body);
  return { acknowledged: kind === '' ? 'the body names no kind' : `unknown kind '${kind}'` };
}

/** Finds what is to be fetched and read for an event, or why nothing is. A project or group that is not stored is fetched first. */
export async function taskOf(
  context: ConsumerContext,
  work: EventWork,
): Promise<EventTask | { readonly acknowledged: string }> {
  const { scope, resources } = context;
  const member = memberOf(context, work);
  const path =
    member === undefined ? undefined : await memberPath(sourceOf(context), member, work.partition);
  if (path !== undefined && !scope.admits(path)) return { acknowledged: 'outside GITLAB_SCOPE' };
  const isNew = member !== undefined && path === undefined;
  const first: readonly NamedRow[] = isNew
    ? [{ resource: member.id, row: { id: Number(work.partition) }, expected: 'there' }]
    : [];
  const rows = [...first, ...work.rows]
    .filter(({ resource }) => isLoaded(context, resources.get(resource)))
    .flatMap((row) => locate(context, work, row) ?? []);
  const wanted = work.due.flatMap((id) => {
    const resource = resources.get(id);
    if (resource === undefined || !isLoaded(context, resource)) return [];
    return [{ resource: id, partition: partitionOf(resource, work) }];
  });
  if (rows.length + wanted.length > 0) return { rows, wanted };
  return { acknowledged: 'nothing of it is loaded' };
}

/** RESOURCES admits it, and the token may read it. */
function isLoaded(
  { filter, isAdmin }: Pick<ConsumerContext, 'filter' | 'isAdmin'>,
  resource: ResourceSpec | undefined,
): boolean {
  if (resource === undefined || filter.judge(resource) !== 'named') return false;
  return isAdmin || resource.access !== 'admin';
}

/** The resource whose rows are the projects or groups of an event's scope. */
function memberOf(
  { resources }: Pick<ConsumerContext, 'resources'>,
  { scope }: EventWork,
): ResourceSpec | undefined {
  return [...resources.values()].find(
    ({ discovers, single }) => discovers?.scope === scope && single !== undefined,
  );
}

function sourceOf({ database, settings, schemas }: ConsumerContext) {
  return { database, dataset: settings.dataset, schema: schemas.current() };
}
