import type { JsonObject } from './json.ts';
import type { Scope } from './resource.ts';
import type { RowValues } from './singlePath.ts';

/** A row that an event is about, by the columns that its path needs; those of its scope are known from the event. */
export interface NamedRow {
  readonly resource: string;
  readonly row: RowValues;
  /** `gone`: the event says that it was deleted, so that it may go when GitLab answers 404. */
  readonly expected: 'there' | 'gone';
}

/** What an event asks for. */
export interface EventWork {
  readonly scope: Scope | 'instance';
  /** The project or group; empty for the instance. */
  readonly partition: string;
  /** Rows to be fetched. */
  readonly rows: readonly NamedRow[];
  /** Resources whose partition has to be read by the next run. */
  readonly due: readonly string[];
}

/** What becomes of an event: work, or the reason why there is none. */
export type EventPlan = EventWork | { readonly acknowledged: string };

/** The kinds of events that are known: `object_kind`, else `event_name`. Throws E_WEBHOOK_EVENT when the body lacks what its kind has. */
export type EventTable = Readonly<Record<string, (body: JsonObject) => EventPlan>>;

/** An event as it was received. */
export interface WebhookEvent {
  /** The same for every delivery of it. */
  readonly key: string;
  readonly data: Buffer;
  /** By the clock of whoever received it. */
  readonly receivedAt: Date | undefined;
}

/** How an event ended: `duplicate` for one that was settled before. */
export type EventOutcome = 'applied' | 'noop' | 'duplicate' | 'failed' | 'dead';
