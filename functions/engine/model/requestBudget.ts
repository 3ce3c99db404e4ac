/** What a budget is for: one token, and one of GitLab's limits. The token is known by a hash alone. */
export interface BudgetPlace {
  readonly token: string;
  /** The name of a throttle or the route of an endpoint; `*` for everything that the token sends. */
  readonly scope: string;
}

/** One of GitLab's fixed windows, aligned to its clock. */
export interface BudgetWindow {
  /** Seconds since 1970; a multiple of `seconds`. */
  readonly start: number;
  readonly seconds: number;
}

/** What one invocation asks for. */
export interface LeaseOrder extends BudgetPlace, BudgetWindow {
  readonly wanted: number;
  /** What all invocations together may send in the window. */
  readonly most: number;
  /** What GitLab takes in the window, from people and other programs too. */
  readonly limit: number;
  /** The requests that GitLab has counted in the window so far; 0 when it did not say. */
  readonly observed: number;
}

/** What one invocation may send. */
export interface Lease {
  /** 0 when nothing is left. */
  readonly granted: number;
  /** GitLab wants nothing of this kind for so long; 0 when it takes requests. */
  readonly pausedMilliseconds: number;
}

/** Requests of a lease that were not sent. */
export interface UnusedLease extends BudgetPlace, BudgetWindow {
  readonly unused: number;
}

/** How long GitLab wants no requests of a kind. */
export interface Pause extends BudgetPlace {
  readonly milliseconds: number;
}

/** The budgets that all invocations with the same token share. */
export interface RequestBudgets {
  /** Takes a part of a window's budget; what is not given back ends with its window. */
  lease(order: LeaseOrder): Promise<Lease>;
  giveBack(rest: UnusedLease): Promise<void>;
  /** Tells the others how long GitLab wants no requests; never shortens a pause. */
  pause(pause: Pause): Promise<void>;
  /** The pauses of these tokens that have not ended. */
  pauses(tokens: readonly string[]): Promise<readonly Pause[]>;
}
