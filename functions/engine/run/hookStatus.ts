import type { GitlabSettings } from '../config/settings.ts';
import { isGood, listDeliveries, listHooks } from '../extract/hookRequests.ts';
import {
  type Hook,
  type HookCandidate,
  type HookDelivery,
  type HookPlace,
  placeName,
} from '../model/hook.ts';
import type { CheckEntrance } from './checkAccess.ts';
import { type OpenHooks, withHooks } from './openHooks.ts';

/** One of our webhooks with what GitLab could not send to it. */
export interface OwnHook {
  readonly place: HookPlace;
  readonly hook: Hook;
  /** Newest first; what a later try brought is left out. */
  readonly failed: readonly HookDelivery[];
}

/** How one webhook stands; what GitLab does not tell is null. */
export interface HookStatus {
  readonly place: string;
  readonly id: number;
  readonly alertStatus: string | null;
  readonly disabledUntil: string | null;
  /** Of the last days, as far as GitLab keeps them. */
  readonly failed: number;
  readonly lastFailed: { readonly trigger: string; readonly status: string } | null;
}

/** Looks at every webhook with our address where it may be. */
export function readHookStatus(
  settings: GitlabSettings,
  entrance: CheckEntrance,
): Promise<readonly HookStatus[]> {
  return withHooks(settings, { ...entrance, access: 'read' }, async (hooks) =>
    (await ownHooks(hooks)).map(statusOf),
  );
}

/** Finds our webhooks in every candidate and below those that have none. */
export async function ownHooks(hooks: OpenHooks): Promise<readonly OwnHook[]> {
  const found: OwnHook[] = [];
  for (const candidate of hooks.candidates) found.push(...(await hooksIn(candidate, hooks)));
  return found;
}

async function hooksIn(
  { place, below }: HookCandidate,
  hooks: OpenHooks,
): Promise<readonly OwnHook[]> {
  const { client, url, signal } = hooks;
  const ours = ((await listHooks(client, place, signal)) ?? []).filter((hook) => hook.url === url);
  const found: OwnHook[] = [];
  for (const hook of ours) {
    const deliveries = await listDeliveries(client, place, { id: hook.id, signal });
    found.push({ place, hook, failed: stillFailed(deliveries) });
  }
  if (found.length > 0) return found;
  for (const candidate of below) found.push(...(await hooksIn(candidate, hooks)));
  return found;
}

/** Deliveries that failed and that no other try of the same event has brought. */
function stillFailed(deliveries: readonly HookDelivery[]): readonly HookDelivery[] {
  const seen = new Set<string>();
  for (const { key, status } of deliveries) if (key !== undefined && isGood(status)) seen.add(key);
  return deliveries.filter(({ key, status }) => {
    if (isGood(status) || (key !== undefined && seen.has(key))) return false;
    if (key !== undefined) seen.add(key);
    return true;
  });
}

function statusOf({ place, hook, failed }: OwnHook): HookStatus {
  const [last] = failed;
  return {
    place: placeName(place),
    id: hook.id,
    alertStatus: hook.alertStatus ?? null,
    disabledUntil: hook.disabledUntil ?? null,
    failed: failed.length,
    lastFailed: last === undefined ? null : { trigger: last.trigger, status: last.status },
  };
}
