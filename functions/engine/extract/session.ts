import type { Report } from '../model/events.ts';
import type { RequestBudgets } from '../model/requestBudget.ts';
import type { GitlabAddress } from './baseUrl.ts';
import type { Slots } from './slots.ts';
import type { TokenPool } from './tokenPool.ts';
import type { Transport } from './transport.ts';
import type { Waits } from './waits.ts';

/** What the requests of one client share. */
export interface Session {
  readonly address: GitlabAddress;
  readonly transport: Transport;
  readonly pool: TokenPool;
  readonly budgets: RequestBudgets;
  /** Names a token where others may read it. */
  readonly hash: (token: string) => string;
  readonly slots: Slots;
  readonly waits: Waits;
  readonly clock: {
    readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
    readonly random: () => number;
    readonly now: () => number;
  };
  readonly report: Report;
  readonly remaining: () => number;
  readonly maxAttempts: number;
  requests: number;
  isReached: boolean;
  /** When the pauses of other runs were last asked for. */
  followedAt: number;
}
