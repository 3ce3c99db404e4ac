import { allResources } from '../../catalog/selection.ts';
import { ERRORS, LoaderError } from '../../model/errors.ts';
import { runId } from '../../model/ids.ts';
import type { EventOutcome, EventTable, WebhookEvent } from '../../model/webhookEvent.ts';
import { parseResources } from '../../plan/resources.ts';
import { parseScope } from '../../plan/scope.ts';
import { readSecretKey } from '../../state/secretKey.ts';
import { failEvent, forgetEvents, receiveEvent } from '../../state/webhookEvents.ts';
import type { TimeBudget } from '../budget.ts';
import { identify } from '../identify.ts';
import { openDatabase } from '../openDatabase.ts';
import { openClient, type RunEntrance } from '../openRun.ts';
import { resilient } from '../resilient.ts';
import { openSchemas } from '../schemas.ts';
import { shareBudgets } from '../shareBudgets.ts';
import { takeOver } from '../takeOver.ts';
import { isAboutRows } from '../tryRows.ts';
import { applyEvent } from './applyEvent.ts';
import type { ConsumerContext } from './consumerContext.ts';
import { objectTurns } from './objectTurns.ts';
import { kindOf, readBody } from './planEvent.ts';

/** Attempts after which an event that waiting does not mend is given up. */
export const MOST_ATTEMPTS = 10;

/** Days after which what is known of an event is deleted. */
const KEPT_DAYS = 30;

/** Events between two looks at what may be deleted. */
const EVENTS_BETWEEN_CLEANING = 500;

/** How long GitLab may make an event wait; then Pub/Sub brings it again. */
const LONGEST_WAIT_MILLISECONDS = 8_000;

/** How an event ended, with the error of one that failed. */
export interface EventResult {
  readonly outcome: EventOutcome;
  readonly error?: unknown;
  /** Whether it is to be delivered again. */
  readonly again: 'yes' | 'no';
}

/** Applies events; keeps one pool, one GitLab client and one schema for all of them. */
export interface Consumer {
  /** Never rejects but for a database that cannot note what became of the event. */
  take(event: WebhookEvent): Promise<EventResult>;
  close(): Promise<void>;
}

/** What the process of the consumer brings. */
export interface ConsumerEntrance extends RunEntrance {
  readonly events: EventTable;
}

/** Opens database, state, schema and GitLab for as long as the process lives. */
export async function openConsumer(entrance: ConsumerEntrance): Promise<Consumer> {
  const { settings, random, connector } = entrance;
  const id = runId(entrance.uuid());
  const applicationName = `gitlab-alloydb/${id}`;
  const max = settings.concurrency + 4;
  const pool = await openDatabase(settings, { applicationName, max, connector });
  const database = resilient(pool, random);
  const budget = eventBudget(entrance.signal);
  const budgets = shareBudgets(database, settings.dataset);
  try {
    const client = await openClient({ ...entrance, budgets }, budget);
    try {
      const connected = { ...entrance, runId: id, database, client, budget, budgets };
      const context = await prepare(connected);
      return consumerOf(context, async () => {
        client.close();
        await client.settle().catch(() => undefined);
        await database.close();
      });
    } catch (error) {
      client.close();
      throw error;
    }
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Nothing ends the work but its signal; pauses that GitLab asks for are left to Pub/Sub. */
function eventBudget(signal: AbortSignal): TimeBudget {
  return {
    signal,
    allowsMore: () => !signal.aborted,
    mayBegin: () => !signal.aborted,
    progressed: () => undefined,
    hasProgressed: () => true,
    remainingMilliseconds: () => LONGEST_WAIT_MILLISECONDS,
    packageTook: () => undefined,
  };
}

type Connected = ConsumerEntrance &
  Pick<ConsumerContext, 'runId' | 'database' | 'client' | 'budget'> & {
    readonly budgets: ReturnType<typeof shareBudgets>;
  };

async function prepare(connected: Connected): Promise<ConsumerContext> {
  const { settings, catalog, database } = connected;
  const { dataset } = settings;
  const all = allResources(catalog);
  const { isAdmin } = await identify(connected);
  const standing = await takeOver({ ...connected, dataset, resources: all });
  const schemas = await openSchemas({ ...connected, ...standing, dataset, resources: all });
  return {
    ...connected,
    resources: new Map(all.map((resource) => [resource.id, resource])),
    filter: parseResources(settings.resources),
    scope: parseScope(settings.gitlabScope),
    ...{ schemas, isAdmin, known: { change: -1n }, noticed: new Set() },
    secretKey:
      settings.secretFields === 'hash' ? await readSecretKey(database, dataset) : undefined,
  };
}

function consumerOf(context: ConsumerContext, close: () => Promise<void>): Consumer {
  const turns = objectTurns();
  const store = { database: context.database, dataset: context.settings.dataset };
  let taken = 0;
  return {
    close,
    async take(event) {
      const { key, receivedAt } = event;
      const state = await receiveEvent(store, { key, kind: shownKind(event), receivedAt });
      if (taken++ % EVENTS_BETWEEN_CLEANING === 0) await forgetEvents(store, KEPT_DAYS);
      if (state === 'dead') return { outcome: 'dead', again: 'no' };
      if (state === 'applied' || state === 'noop') return { outcome: 'duplicate', again: 'no' };
      try {
        return { outcome: await applyEvent(context, turns, event), again: 'no' };
      } catch (error) {
        const kind = isPassingFailure(error) ? 'passing' : 'counted';
        const reason = shownReason(error);
        const left = await failEvent(store, { key, reason, kind, most: MOST_ATTEMPTS });
        if (left === 'dead') tellDead(context, event, reason);
        return {
          outcome: left === 'dead' ? 'dead' : 'failed',
          error,
          again: left === 'dead' ? 'no' : 'yes',
        };
      }
    },
  };
}

function shownKind({ data }: WebhookEvent): string {
  try {
    return kindOf(readBody(data));
  } catch {
    return '';
  }
}

/** Whether a later delivery may succeed: what a person must correct counts as that, what the event itself causes does not. */
function isPassingFailure(error: unknown): boolean {
  if (!(error instanceof LoaderError)) return false;
  const { code } = error;
  if (code === 'E_WEBHOOK_EVENT' || code === 'E_CONTRACT') return false;
  return ERRORS[code].kind !== 'defect' && !isAboutRows(error);
}

function shownReason(error: unknown): string {
  return error instanceof LoaderError
    ? `${error.code}: ${error.message}`
    : 'E_DEFECT: The loader has a defect.';
}

function tellDead({ report }: ConsumerContext, { key }: WebhookEvent, reason: string): void {
  const message = `Event '${key}' is given up after ${MOST_ATTEMPTS.toString()} attempts: ${reason}`;
  report({ event: 'problem', code: 'E_WEBHOOK_EVENT', message });
}
