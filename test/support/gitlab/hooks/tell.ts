import type { Json } from '../json.ts';
import { shelfNamed } from '../shelves/all.ts';
import { objectOf } from '../shelves/objects.ts';
import type { Place } from '../shelves/shelf.ts';
import { ownerId, stackIn } from '../shelves/stacks.ts';
import { selfAndAncestors } from '../world/groups.ts';
import { existing, type World } from '../world/model.ts';
import { attempt, bookOf, stateOf } from './book.ts';
import { type HookName, showHookState } from './showHookState.ts';
import { deliveryOf, type Webhook } from './webhook.ts';

/** Sends an event to every hook that is registered for it and enabled; resolves to the statuses. */
export async function tellHooks(world: World, webhook: Webhook): Promise<readonly string[]> {
  const statuses: string[] = [];
  for (const { name, url, hook } of registered(world, webhook)) {
    const state = stateOf(world, name);
    if (state.disabledUntil !== undefined) continue;
    const delivery = deliveryOf(webhook, {
      ...{ instance: world.webUrl, number: bookOf(world).nextId, now: Date.now() },
      ...state.secrets,
    });
    statuses.push(await attempt(world, state, { url, trigger: webhook.flag, delivery }));
    if (hook !== undefined) showHookState(world, hook, state);
  }
  return statuses;
}

interface Registered {
  readonly name: string;
  readonly url: string;
  /** Undefined for one of the instance, which GitLab never disables. */
  readonly hook?: HookName;
}

function registered(world: World, webhook: Webhook): readonly Registered[] {
  const { projectId, groupId, flag } = webhook;
  const project = projectId === undefined ? undefined : existing(world.projects, projectId);
  const group = groupId ?? project?.groupId;
  const groups = group === undefined ? [] : selfAndAncestors(world, group);
  const kept = [
    ...(project === undefined ? [] : hooksOf(world, 'project', { project })),
    ...groups.flatMap((one) => hooksOf(world, 'group', { group: one })),
  ];
  const system = bookOf(world).system.map((object) => ({
    name: `system ${text(object['id'])}`,
    object,
  }));
  return [...kept, ...system]
    .filter(({ object }) => object[flag] === true)
    .map(({ object, ...rest }) => ({ ...rest, url: text(object['url']) }))
    .filter(({ url }) => url.startsWith('http://127.0.0.1'));
}

function hooksOf(world: World, kind: HookName['kind'], place: Place) {
  const shelf = shelfNamed(`${kind}_hooks`);
  return stackIn(world, shelf, place).entries.map((entry) => ({
    name: `${kind} ${String(entry.id)}`,
    hook: { kind, owner: ownerId(place), id: entry.id },
    object: objectOf(world, shelf, place, entry),
  }));
}

function text(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
