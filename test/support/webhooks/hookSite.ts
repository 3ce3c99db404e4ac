import { afterEach, beforeEach } from 'vitest';

import { type SimulatedGitlab, startGitlab } from '../gitlab/server.ts';
import { addScope } from '../gitlab/world/rights.ts';
import { type Receiving, startReceiving } from './receiving.ts';

/** What webhooks are signed with. */
export const SIGNING = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** What the commands run with besides their settings. */
export const ENTRANCE = {
  signal: new AbortController().signal,
  now: Date.now,
  random: () => 0,
} as const;

/** A GitLab whose administrator's token may register webhooks, and the place that they are sent to. */
export interface HookSite {
  readonly gitlab: SimulatedGitlab;
  readonly receiver: Receiving;
  /** Settings of the commands `hooks`, which need no database. */
  readonly environment: (
    more?: Readonly<Record<string, string>>,
  ) => Readonly<Record<string, string>>;
  /** Requests that changed something. */
  readonly writes: () => SimulatedGitlab['requests']['entries'];
  readonly close: () => Promise<void>;
}

/** Starts both. */
export async function openHookSite(
  size = { projects: 6, jobs: 12, branches: 12, users: 4, alerts: 0 },
): Promise<HookSite> {
  const gitlab = await startGitlab(size);
  addScope(gitlab.world, gitlab.adminToken, 'api');
  const receiver = await startReceiving();
  return {
    ...{ gitlab, receiver },
    environment: (more = {}) => ({
      GITLAB_BASE_URL: gitlab.url,
      GITLAB_TOKEN: gitlab.adminToken,
      WEBHOOK_URL: receiver.url,
      WEBHOOK_TOKENS: 'newest-token,older-token',
      WEBHOOK_SIGNING_SECRETS: SIGNING,
      ...more,
    }),
    writes: () => gitlab.requests.entries.filter(({ method }) => method !== 'GET'),
    close: async () => {
      receiver.close();
      await gitlab.close();
    },
  };
}

/** Gives each test of a file a site of its own. */
export function siteOfEachTest(): () => HookSite {
  let site: HookSite | undefined;
  beforeEach(async () => {
    site = await openHookSite();
  });
  afterEach(() => site?.close());
  return () => {
    if (site === undefined) throw new Error('the site is opened before each test');
    return site;
  };
}
