import type { Page } from '../../model/page.ts';
import { scopeOf } from '../../model/resource.ts';
import type { EventOutcome, WebhookEvent } from '../../model/webhookEvent.ts';
import { keyId } from '../../normalize/rowId.ts';
import { sqlState } from '../../sql/errors.ts';
import { retrying } from '../../sql/retrying.ts';
import type { WantedPartition } from '../../state/eventWrites.ts';
import { dismissEvent, type Moment, takeMoment } from '../../state/webhookEvents.ts';
import { noticeTeller } from '../noticeTeller.ts';
import { quarantineTeller } from '../quarantineTeller.ts';
import { isPassing } from '../resilient.ts';
import { commitEvent, type GoneRows } from './commitEvent.ts';
import type { ConsumerContext } from './consumerContext.ts';
import { type FetchedRow, fetchRow } from './fetchRows.ts';
import { type PackedRows, packRows } from './packRows.ts';
import { type EventTask, planOf, readBody, taskOf } from './planEvent.ts';

/** How often an event is fetched anew because something newer was stored beside it. */
const FETCHES = 4;

/** Lets one event at a time ask GitLab for the same object. */
export interface ObjectTurns {
  inTurn<T>(object: string, work: () => Promise<T>): Promise<T>;
}

type Applied = Exclude<EventOutcome, 'failed' | 'dead'>;

/** Does what an event asks for; throws what keeps it from being done. */
export async function applyEvent(
  context: ConsumerContext,
  turns: ObjectTurns,
  event: WebhookEvent,
): Promise<Applied> {
  const store = { database: context.database, dataset: context.settings.dataset };
  const dismiss = async (reason: string): Promise<Applied> => {
    await dismissEvent(store, { key: event.key, reason });
    return 'noop';
  };
  const plan = planOf(context, readBody(event.data));
  if ('acknowledged' in plan) return dismiss(plan.acknowledged);
  const task = await taskOf(context, plan);
  if ('acknowledged' in task) return dismiss(task.acknowledged);
  const object = task.rows.map(({ path }) => path).join(' ');
  return turns.inTurn(object, async () => {
    for (let fetch = 1; ; fetch += 1) {
      const moment = await takeMoment(store, event.key, object);
      if (moment.state === 'applied' || moment.state === 'noop') return 'duplicate';
      if (moment.isKnown) return dismiss('another event has brought it since');
      try {
        return await fetchAndCommit(context, { event, task, object, moment });
      } catch (error) {
        const state = sqlState(error);
        if (state === 'GL012') return 'duplicate';
        if (state !== 'GL011' || fetch >= FETCHES) throw error;
      }
    }
  });
}

interface Attempt {
  readonly event: WebhookEvent;
  readonly task: EventTask;
  readonly object: string;
  readonly moment: Moment;
}

async function fetchAndCommit(
  context: ConsumerContext,
  { event, task, object, moment }: Attempt,
): Promise<Applied> {
  const { schemas, random, known } = context;
  if (moment.schema !== known.change) {
    await schemas.refresh();
    known.change = moment.schema;
  }
  const fetched = await Promise.all(task.rows.map((row) => fetchRow(context, row)));
  const kept = fetched.filter((row) => isAdmitted(context, row));
  const { load, asked } = moment;
  const first = task.rows[0]?.spec ?? firstWanted(context, task);
  const packed = await packRows(context, first, { fetched: kept, load });
  const asking = object === '' ? {} : { asked: { object, at: asked } };
  const change = {
    ...{ load, asked, packed, gone: kept.flatMap(goneRows) },
    told: { fetched: fetchedFrom(context, kept), wanted: task.wanted },
    settlement: { key: event.key, reason: reasonOf(fetched, kept), ...asking },
  };
  const applied = await retrying({ random, when: isPassingButNewer }, () =>
    commitEvent(context, change),
  );
  tellPacked(context, packed);
  return applied;
}

/** What a run tells of its pages. */
function tellPacked(context: ConsumerContext, { added, bad }: PackedRows): void {
  for (const [resource, page] of added) {
    const notices = noticeTeller(context, resource);
    notices.add(page);
    notices.tell();
    const quarantine = quarantineTeller(context, resource);
    quarantine.add(bad.get(resource) ?? []);
    quarantine.tell();
  }
}

/** Every partition whose scans bring rows of the same table and scope. */
function fetchedFrom(
  { resources }: Pick<ConsumerContext, 'resources'>,
  rows: readonly FetchedRow[],
): readonly WantedPartition[] {
  return rows.flatMap(({ spec, partition }) =>
    [...resources.values()]
      .filter(({ table, on }) => table === spec.table && on === 'schedule')
      .filter((one) => scopeOf(one) === scopeOf(spec))
      .map(({ id }) => ({ resource: id, partition })),
  );
}

/** A newer row is no reason to send the same once more. */
function isPassingButNewer(error: unknown): boolean {
  return isPassing(error) && sqlState(error) !== 'GL011';
}

/** Projects and groups that are not stored yet may be outside the scope. */
function isAdmitted(
  { scope }: Pick<ConsumerContext, 'scope'>,
  { spec, answer }: FetchedRow,
): boolean {
  const { discovers } = spec;
  if (discovers === undefined || typeof answer === 'string') return true;
  const path = answer.records[0]?.[discovers.pathField];
  return typeof path === 'string' && scope.admits(path);
}

function firstWanted({ resources }: ConsumerContext, { wanted }: EventTask) {
  const resource = resources.get(wanted[0]?.resource ?? '');
  if (resource === undefined) throw new Error('an event without rows and partitions is no work');
  return resource;
}

function goneRows({ spec, partition, values, answer }: FetchedRow): readonly GoneRows[] {
  if (answer !== 'gone') return [];
  const key = Object.fromEntries(spec.primaryKey.map((name) => [name, values[name] ?? null]));
  const isKnown = Object.values(key).every((value) => value !== null && typeof value !== 'bigint');
  if (!isKnown) return [];
  const ids = [keyId(key)];
  return [{ resource: spec, partition, ids }];
}

/** Why nothing was written, should that be so. */
function reasonOf(fetched: readonly FetchedRow[], kept: readonly FetchedRow[]): string {
  if (fetched.length === 0) return 'the next run reads what it told of';
  if (kept.length < fetched.length) return 'outside GITLAB_SCOPE';
  const isPage = (answer: FetchedRow['answer']): answer is Page => typeof answer !== 'string';
  if (fetched.some(({ answer }) => isPage(answer))) return 'unchanged';
  if (fetched.some(({ answer }) => answer === 'gone')) return 'it was not stored';
  return 'GitLab does not show it to this token';
}
