import {
  type GitlabClient,
  type GitlabOptions,
  openGitlab,
} from '../../../functions/engine/extract/client.ts';
import type { RunEvent } from '../../../functions/engine/model/events.ts';

/** A token that must never be seen outside the Authorization header. */
export const CANARY = 'glpat-canary-51c2';

/** A client whose sleep ends at once and moves its clock. */
export interface TestClient {
  readonly client: GitlabClient;
  readonly waits: readonly number[];
  readonly events: readonly RunEvent[];
  readonly now: () => number;
}

/** Opens a client of `baseUrl` without jitter. */
export function openTestClient(baseUrl: string, changes: Partial<GitlabOptions> = {}): TestClient {
  const waits: number[] = [];
  const events: RunEvent[] = [];
  let now = Date.now();
  const client = openGitlab({
    baseUrl,
    token: () => CANARY,
    userAgent: 'gitlab-alloydb/test',
    sleep: (milliseconds) => {
      waits.push(milliseconds);
      now += milliseconds;
      return Promise.resolve();
    },
    random: () => 0,
    now: () => now,
    report: (event) => {
      events.push(event);
    },
    ...changes,
  });
  return { client, waits, events, now: () => now };
}
