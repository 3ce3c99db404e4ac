import type { GitlabSettings } from '../config/settings.ts';
import { listHooks, resendDelivery, testHook } from '../extract/hookRequests.ts';
import { type Hook, type HookDelivery, type HookPlace, placeName } from '../model/hook.ts';
import { projectsBelow } from '../plan/hookPlaces.ts';
import { parseScope } from '../plan/scope.ts';
import type { CheckEntrance } from './checkAccess.ts';
import { type OwnHook, ownHooks } from './hookStatus.ts';
import { type OpenHooks, withHooks } from './openHooks.ts';

/** What was done for one webhook that was not well. */
export interface RepairedHook {
  readonly place: string;
  readonly id: number;
  /** `disabled`: it was, and the test that enables it did not arrive. */
  readonly state: 'well' | 'enabled' | 'disabled' | 'would enable';
  readonly resent: number;
  readonly notResent: number;
}

/** What a repair found, and the projects whose events got lost on the way. */
export interface HookRepair {
  readonly hooks: readonly RepairedHook[];
  /** Ids of projects that a run should read now, ascending. */
  readonly behind: readonly number[];
}

/** What `hooks repair` runs with. */
export interface RepairEntrance extends CheckEntrance {
  /** `dry`: GitLab is only asked. */
  readonly mode: 'repair' | 'dry';
}

/** As many as GitLab sends again for one webhook in a minute; what the others told is read from GitLab. */
const MOST_RESENT = 5;

/**
 * Enables webhooks that GitLab has disabled, has it send again what did not arrive, and tells whose events are missing: those of
 * failed deliveries, and while a webhook was disabled those of every project that it covers.
 */
export function repairHooks(
  settings: GitlabSettings,
  { mode, ...entrance }: RepairEntrance,
): Promise<HookRepair> {
  const access = mode === 'dry' ? 'read' : 'write';
  const { admits } = parseScope(settings.gitlabScope);
  return withHooks(settings, { ...entrance, access }, async (hooks) => {
    const repaired: RepairedHook[] = [];
    const behind = new Set<number>();
    for (const own of await ownHooks(hooks)) {
      if (own.failed.length === 0 && isWell(own.hook)) continue;
      for (const id of missedBy(own, hooks)) behind.add(id);
      repaired.push(await repair(own, hooks, mode));
    }
    const admitted = hooks.tree.projects.filter(({ path }) => admits(path)).map(({ id }) => id);
    return { hooks: repaired, behind: admitted.filter((id) => behind.has(id)) };
  });
}

function isWell({ alertStatus, disabledUntil }: Hook): boolean {
  return (alertStatus ?? 'executable') === 'executable' && disabledUntil === undefined;
}

async function repair(
  { place, hook, failed }: OwnHook,
  hooks: OpenHooks,
  mode: RepairEntrance['mode'],
): Promise<RepairedHook> {
  const named = { place: placeName(place), id: hook.id };
  if (mode === 'dry') {
    const state = isWell(hook) ? 'well' : 'would enable';
    return { ...named, state, resent: 0, notResent: failed.length };
  }
  const state = isWell(hook) ? 'well' : await enable(place, hook, hooks);
  const resent = state === 'disabled' ? 0 : await resend(place, hook, { hooks, failed });
  return { ...named, state, resent, notResent: failed.length - resent };
}

async function enable(
  place: HookPlace,
  { id }: Hook,
  { client, signal }: OpenHooks,
): Promise<'enabled' | 'disabled'> {
  await testHook(client, place, id);
  const known = await listHooks(client, place, signal);
  const now = known?.find((hook) => hook.id === id);
  return now !== undefined && isWell(now) ? 'enabled' : 'disabled';
}

/** Oldest first, so that the newest word is the last. */
async function resend(
  place: HookPlace,
  { id }: Hook,
  { hooks, failed }: { readonly hooks: OpenHooks; readonly failed: readonly HookDelivery[] },
): Promise<number> {
  let sent = 0;
  for (const { id: delivery } of failed.slice(0, MOST_RESENT).toReversed()) {
    const outcome = await resendDelivery(hooks.client, place, { hook: id, delivery });
    if (outcome === 'limited') break;
    if (outcome === 'sent') sent += 1;
  }
  return sent;
}

/** A delivery that names no project may be of any that the webhook covers. */
function missedBy({ place, hook, failed }: OwnHook, { tree }: OpenHooks): readonly number[] {
  const named = failed.map(({ projectId }) => projectId);
  if (isWell(hook) && !named.includes(undefined)) return named.filter((id) => id !== undefined);
  if (place.kind === 'project') return [place.id];
  const covered = place.kind === 'group' ? projectsBelow(tree, place.path) : tree.projects;
  return covered.map(({ id }) => id);
}
