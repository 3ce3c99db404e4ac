import type { GitlabClient } from '../../extract/client.ts';
import type { Report } from '../../model/events.ts';
import type { RunId } from '../../model/ids.ts';
import type { ResourceSpec } from '../../model/resource.ts';
import type { EventTable } from '../../model/webhookEvent.ts';
import type { ResourceFilter } from '../../plan/resources.ts';
import type { ScopeFilter } from '../../plan/scope.ts';
import type { Database } from '../../sql/pool.ts';
import type { TimeBudget } from '../budget.ts';
import type { RunContext } from '../context.ts';
import type { Schemas } from '../schemas.ts';

/** Everything that the events of one process share. */
export interface ConsumerContext {
  /** Of the process: its loads carry it. */
  readonly runId: RunId;
  readonly settings: RunContext['settings'];
  readonly catalog: RunContext['catalog'];
  readonly events: EventTable;
  readonly resources: ReadonlyMap<string, ResourceSpec>;
  /** Which resources RESOURCES admits. */
  readonly filter: ResourceFilter;
  readonly scope: ScopeFilter;
  readonly database: Database;
  readonly schemas: Schemas;
  /** The newest change of the schema that `schemas` knows. */
  readonly known: { change: bigint };
  readonly client: GitlabClient;
  readonly isAdmin: boolean;
  readonly secretKey: string | undefined;
  readonly budget: TimeBudget;
  readonly report: Report;
  /** What was told before and is not told again. */
  readonly noticed: Set<string>;
  readonly random: () => number;
  readonly now: () => number;
}
