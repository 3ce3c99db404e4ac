import { LoaderError } from '../model/errors.ts';
import { type Hook, HOOK_EVENTS, type HookDelivery, type HookPlace } from '../model/hook.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { GitlabClient } from './client.ts';
import { wrongAnswer } from './failures.ts';
import { listObjects } from './listObjects.ts';
import type { GitlabResponse } from './response.ts';
import { shownWords } from './shownWords.ts';

/** Pages of deliveries that are looked at, newest first. */
const MOST_DELIVERY_PAGES = 10;

/** What a webhook is registered with. */
export interface HookSecrets {
  readonly token: string | undefined;
  readonly signingToken: string | undefined;
}

/** The webhooks of a place; undefined where the token may not see them, or the place may have none. */
export async function listHooks(
  client: GitlabClient,
  place: HookPlace,
  signal: AbortSignal,
): Promise<readonly Hook[] | undefined> {
  const found = await listObjects(client, hooksPath(place), { signal, absent: [403, 404] });
  return found?.map(hookOf);
}

/** Registers a webhook for every event of its place, or brings the one with this id in that order. */
export async function putHook(
  client: GitlabClient,
  place: HookPlace,
  order: HookSecrets & { readonly url: string; readonly id: number | undefined },
): Promise<Hook> {
  const { url, id, token, signingToken } = order;
  const json = {
    url,
    name: 'gitlab-alloydb',
    enable_ssl_verification: url.startsWith('https:'),
    ...Object.fromEntries(HOOK_EVENTS[place.kind].map((name) => [name, true])),
    ...(token === undefined ? {} : { token }),
    ...(signingToken === undefined ? {} : { signing_token: signingToken }),
  };
  const path = hooksPath(place);
  const response = await (id === undefined
    ? client.write({ method: 'POST', path, json })
    : client.write({ method: 'PUT', path: `${path}/${id.toString()}`, json }));
  if (response.status >= 300) throw refused(response);
  if (!isJsonObject(response.json)) throw wrongAnswer(path, 'no object');
  return hookOf(response.json);
}

/** What GitLab tried to send in the last days, newest first; none for the instance, of which it keeps no list. */
export async function listDeliveries(
  client: GitlabClient,
  place: HookPlace,
  { id, signal }: { readonly id: number; readonly signal: AbortSignal },
): Promise<readonly HookDelivery[]> {
  if (place.kind === 'system') return [];
  const path = `${hooksPath(place)}/${id.toString()}/events`;
  const options = { signal, absent: [404], mostPages: MOST_DELIVERY_PAGES, perPage: 20 };
  return ((await listObjects(client, path, options)) ?? []).map(deliveryOf);
}

/** Has GitLab send an event again: `limited` when it will not do more for now. */
export async function resendDelivery(
  client: GitlabClient,
  place: HookPlace,
  { hook, delivery }: { readonly hook: number; readonly delivery: number },
): Promise<'sent' | 'failed' | 'limited'> {
  const path = `${hooksPath(place)}/${hook.toString()}/events/${delivery.toString()}/resend`;
  const response = await client.write({ method: 'POST', path, json: {}, wait: 'never' });
  if (response.status === 429) return 'limited';
  const answered = statusText(objectOf(response.json)['response_status']);
  return response.status < 300 && isGood(answered) ? 'sent' : 'failed';
}

/** Sends a first event that the project has: GitLab enables a webhook when such a test succeeds. */
export async function testHook(
  client: GitlabClient,
  place: HookPlace,
  id: number,
): Promise<'sent' | 'failed'> {
  for (const trigger of ['push_events', 'issues_events', 'tag_push_events', 'releases_events']) {
    const path = `${hooksPath(place)}/${id.toString()}/test/${trigger}`;
    const response = await client.write({ method: 'POST', path, json: {} });
    // 422: the project has nothing that the event could tell of, or the receiver did not take it.
    if (response.status < 300) return 'sent';
    if (response.status !== 422) return 'failed';
  }
  return 'failed';
}

/** Whether a delivery arrived: a redirection counts for GitLab, and it is none of the receiver's. */
export function isGood(status: string): boolean {
  return /^2\d\d$/.test(status);
}

function hooksPath(place: HookPlace): string {
  return place.kind === 'system' ? '/hooks' : `/${place.kind}s/${place.id.toString()}/hooks`;
}

function hookOf(hook: JsonObject): Hook {
  const { id, url, alert_status: status, disabled_until: until } = hook;
  return {
    id: Number(id),
    url: typeof url === 'string' ? url : '',
    alertStatus: typeof status === 'string' ? status : undefined,
    disabledUntil: typeof until === 'string' ? until : undefined,
    isSigned: hook['signing_token_present'] === true,
  };
}

function deliveryOf(delivery: JsonObject): HookDelivery {
  const { id, trigger, response_status: status } = delivery;
  const headers = objectOf(delivery['request_headers']);
  const sent = objectOf(delivery['request_data']);
  const key = headers['Idempotency-Key'] ?? headers['idempotency-key'];
  const project = sent['project_id'] ?? objectOf(sent['project'])['id'];
  return {
    id: Number(id),
    trigger: typeof trigger === 'string' ? trigger : 'unknown',
    status: statusText(status),
    key: typeof key === 'string' ? key : undefined,
    projectId: typeof project === 'number' ? project : undefined,
  };
}

function statusText(status: unknown): string {
  return typeof status === 'string' || typeof status === 'number' ? status.toString() : '';
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function refused(response: GitlabResponse): LoaderError {
  const { status, request } = response;
  const { message, error } = objectOf(response.json);
  const words = shownWords(message ?? error);
  return new LoaderError(
    status === 403 ? 'E_GITLAB_FORBIDDEN' : 'E_REQUEST',
    `GitLab refused the webhook at '${request}' with ${status.toString()}${words === '' ? '' : `: ${words}`}.`,
    { details: { status } },
  );
}
