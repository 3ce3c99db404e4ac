import { ROLE } from '../access.ts';
import {
  type Context,
  groupOf,
  integerParameter,
  parameter,
  projectOf,
  requireGroupRole,
  requireProjectRole,
} from '../context.ts';
import type { JsonObject } from '../json.ts';
import { offsetPage } from '../pagination.ts';
import { json, refuse, reject, type Reply } from '../reply.ts';
import { shelfNamed } from '../shelves/all.ts';
import { insertRow, updateRow } from '../shelves/mutations.ts';
import { objectOf } from '../shelves/objects.ts';
import type { Place } from '../shelves/shelf.ts';
import { stackIn } from '../shelves/stacks.ts';
import type { Entry } from '../world/stock.ts';
import { attempt, type HookState, stateOf } from './book.ts';
import { pushWebhook } from './events.ts';
import { showHookState } from './showHookState.ts';
import { deliveryOf } from './webhook.ts';

/** Answers a request that may change something. */
export type Write = (context: Context) => Reply | Promise<Reply>;

type Kind = 'project' | 'group';

const MOST_HOOKS = { project: 100, group: 50 } as const;
const RESENDS_PER_MINUTE = 5;

/** The fields that somebody sent, without secrets, which go where nobody reads them. */
export function hookFields(body: string): {
  readonly shown: JsonObject;
  readonly secrets: HookState['secrets'];
} {
  const { token, signing_token: signing, ...shown } = JSON.parse(body) as Record<string, never>;
  if (typeof shown['url'] === 'string' && !/^https?:/u.test(shown['url']))
    throw reject(422, 'Invalid url given');
  return { shown, secrets: { token, signing } };
}

/** Fields by which the API tells that there are secrets. */
export function secretsPresent({ secrets }: HookState): JsonObject {
  return {
    token_present: secrets.token !== undefined,
    signing_token_present: secrets.signing !== undefined,
  };
}

/** `POST …/hooks`. */
export const createHook =
  (kind: Kind): Write =>
  (context) => {
    const place = ownedPlace(context, kind);
    const shelf = shelfNamed(`${kind}_hooks`);
    const { shown, secrets } = hookFields(context.body);
    if (shown['url'] === undefined) throw reject(400, 'url is missing');
    if (stackIn(context.world, shelf, place).entries.length >= MOST_HOOKS[kind])
      throw refuse(422, `Maximum number of ${kind} hooks (${String(MOST_HOOKS[kind])}) exceeded`);
    const { id } = insertRow(context.world, shelf.name, ownerOf(place), shown);
    const state = stateOf(context.world, `${kind} ${String(id)}`);
    state.secrets = secrets;
    updateRow(
      context.world,
      { name: shelf.name, where: ownerOf(place), id },
      secretsPresent(state),
    );
    return hookReply(context, kind, { place, id, status: 201 });
  };

/** `PUT …/hooks/:hook_id`. */
export const updateHook =
  (kind: Kind): Write =>
  (context) => {
    const { place, entry, state } = found(context, kind);
    const { shown, secrets } = hookFields(context.body);
    state.secrets = { ...state.secrets, ...secrets };
    const name = { name: `${kind}_hooks`, where: ownerOf(place), id: entry.id };
    updateRow(context.world, name, { ...shown, ...secretsPresent(state) });
    return hookReply(context, kind, { place, id: entry.id, status: 200 });
  };

/** `GET …/hooks/:hook_id/events`. */
export const listHookEvents =
  (kind: Kind) =>
  (context: Context): Reply => {
    const { entry, place, state } = found(context, kind);
    const url = urlOf(context, kind, place, entry);
    const texts = state.log.map(({ id, trigger, delivery, status }) =>
      Buffer.from(
        JSON.stringify({
          ...{ id, url, trigger, execution_duration: 0.2, response_status: status },
          request_headers: { 'Idempotency-Key': delivery.key, 'X-Gitlab-Token': '[REDACTED]' },
          request_data: JSON.parse(delivery.body) as unknown,
          response_headers: {},
          response_body: '',
        }),
      ),
    );
    return offsetPage(context, { total: texts.length, slice: (from, to) => texts.slice(from, to) });
  };

/** `POST …/hooks/:hook_id/events/:event_id/resend`. */
export const resendEvent =
  (kind: Kind): Write =>
  async (context) => {
    const { place, entry, state } = found(context, kind);
    const logged = state.log.find(({ id }) => id === integerParameter(context, 'event_id'));
    if (logged === undefined) throw refuse(404, '404 Not found');
    const now = Date.now();
    if (state.resentAt.filter((at) => at > now - 60_000).length >= RESENDS_PER_MINUTE)
      throw refuse(429, 'This endpoint has been requested too many times. Try again later.', {
        'Retry-After': '60',
      });
    state.resentAt.push(now);
    const url = urlOf(context, kind, place, entry);
    const status = await attempt(context.world, state, { ...logged, url });
    showHookState(context.world, { kind, owner: ownerOf(place), id: entry.id }, state);
    return json({ response_status: Number(status) || 500 }, {}, 201);
  };

/** `POST …/hooks/:hook_id/test/:trigger`. */
export const testHook =
  (kind: Kind): Write =>
  async (context) => {
    const { place, entry, state } = found(context, kind);
    const trigger = parameter(context, 'trigger');
    const { world } = context;
    const project = place.project ?? [...world.projects.values()][0];
    if (trigger !== 'push_events' || project === undefined)
      throw refuse(422, 'Ensure the project has at least one of them.');
    const webhook = pushWebhook(world, project.id, project.defaultBranch ?? 'main');
    const options = { instance: world.webUrl, number: state.log.length, now: Date.now() };
    const delivery = deliveryOf(webhook, { ...options, ...state.secrets });
    const status = await attempt(world, state, {
      url: urlOf(context, kind, place, entry),
      trigger,
      delivery,
    });
    showHookState(context.world, { kind, owner: ownerOf(place), id: entry.id }, state);
    if (!status.startsWith('2')) throw refuse(422, `Hook execution failed: ${status}`);
    return json({ message: '201 Created' }, {}, 201);
  };

interface Found {
  readonly place: Place;
  readonly entry: Entry;
  readonly state: HookState;
}

function found(context: Context, kind: Kind): Found {
  const place = ownedPlace(context, kind);
  const id = integerParameter(context, 'hook_id');
  const { entries } = stackIn(context.world, shelfNamed(`${kind}_hooks`), place);
  const entry = entries.find((row) => row.id === id);
  if (entry === undefined) throw refuse(404, '404 Not found');
  return { place, entry, state: stateOf(context.world, `${kind} ${String(id)}`) };
}

function ownedPlace(context: Context, kind: Kind): Place {
  const place: Place =
    kind === 'project' ? { project: projectOf(context) } : { group: groupOf(context) };
  const refusal = shelfNamed(`${kind}_hooks`).refusal?.(place);
  if (refusal !== undefined) throw refusal;
  if (place.project !== undefined) requireProjectRole(context, place.project, ROLE.maintainer);
  if (place.group !== undefined) requireGroupRole(context, place.group, ROLE.owner);
  return place;
}

function ownerOf({ project, group }: Place): number {
  return project?.id ?? group?.id ?? 0;
}

function urlOf({ world }: Context, kind: Kind, place: Place, entry: Entry): string {
  const { url } = objectOf(world, shelfNamed(`${kind}_hooks`), place, entry);
  return typeof url === 'string' ? url : '';
}

function hookReply(
  { world }: Context,
  kind: Kind,
  { place, id, status }: { readonly place: Place; readonly id: number; readonly status: number },
): Reply {
  const shelf = shelfNamed(`${kind}_hooks`);
  const entry = stackIn(world, shelf, place).entries.find((row) => row.id === id);
  if (entry === undefined) throw refuse(404, '404 Not found');
  return json(objectOf(world, shelf, place, entry), {}, status);
}
