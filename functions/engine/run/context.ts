import type { Catalog } from '../catalog/selection.ts';
import type { Settings } from '../config/settings.ts';
import type { GitlabClient } from '../extract/client.ts';
import type { MemberStanding } from '../model/accessGap.ts';
import type { Report } from '../model/events.ts';
import type { RunId } from '../model/ids.ts';
import type { ResourceSpec } from '../model/resource.ts';
import type { RunRequest } from '../model/run.ts';
import type { ScopeFilter } from '../plan/scope.ts';
import type { Database } from '../sql/pool.ts';
import type { ClaimContext } from '../state/partitions.ts';
import type { TimeBudget } from './budget.ts';
import type { Schemas } from './schemas.ts';
import type { Tally } from './tally.ts';

/** Everything that the parts of one invocation share. */
export interface RunContext {
  readonly runId: RunId;
  readonly request: RunRequest;
  /** The instant that is being brought up to, by the database's clock. */
  readonly asOf: Date;
  /** Partitions that failed in this run, by resource: they are left to a later one. */
  readonly givenUp: Map<string, Set<string>>;
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly resources: ReadonlyMap<string, ResourceSpec>;
  readonly database: Database;
  readonly claims: ClaimContext;
  readonly schemas: Schemas;
  readonly client: GitlabClient;
  readonly isAdmin: boolean;
  /** Whose token it is. */
  readonly username: string;
  readonly scope: ScopeFilter;
  readonly secretKey: string | undefined;
  readonly budget: TimeBudget;
  /** Whether somebody wants the run to end in good order; an error that ends it is none. */
  readonly isAskedToEnd: () => boolean;
  /** Ends the run because of an error after which no partition can go on. */
  readonly stop: (error: unknown) => void;
  readonly report: Report;
  readonly tally: Tally;
  readonly noticed: Set<string>;
  /** What GitLab told of projects and groups themselves: each is asked once in an invocation. */
  readonly standings: Map<string, Promise<MemberStanding>>;
  /** The ids that a list of projects or groups showed from its beginning to its end, by resource. */
  readonly listed: Map<string, ReadonlySet<string>>;
  readonly now: () => number;
  readonly random: () => number;
}
