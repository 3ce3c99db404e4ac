import type { JsonObject } from '../json.ts';
import type { World } from '../world/model.ts';
import { type Delivery, sendDelivery, type WebhookSecrets } from './webhook.ts';

/** One try of GitLab to send something, as it keeps it. */
export interface LoggedDelivery {
  readonly id: number;
  readonly trigger: string;
  readonly delivery: Delivery;
  readonly status: string;
}

/** What GitLab knows of one hook beside what the API shows. */
export interface HookState {
  secrets: WebhookSecrets;
  /** Newest first. */
  readonly log: LoggedDelivery[];
  failures: number;
  disabledUntil: number | undefined;
  /** When it was had sent again, for the limit of five a minute. */
  readonly resentAt: number[];
}

interface Book {
  readonly states: Map<string, HookState>;
  /** Hooks of the instance. */
  readonly system: JsonObject[];
  nextId: number;
}

const books = new WeakMap<World, Book>();

/** What a world's GitLab knows of its hooks. */
export function bookOf(world: World): Book {
  const known = books.get(world) ?? { states: new Map<string, HookState>(), system: [], nextId: 1 };
  books.set(world, known);
  return known;
}

/** A hook's state by its name, e.g. `project 17`. */
export function stateOf(world: World, name: string): HookState {
  const { states } = bookOf(world);
  const fresh = { secrets: {}, log: [], failures: 0, disabledUntil: undefined, resentAt: [] };
  const known = states.get(name) ?? fresh;
  states.set(name, known);
  return known;
}

const FAILURES_ALLOWED = 3;
const SHORTEST_PAUSE = 60_000;
const LONGEST_PAUSE = 86_400_000;

/** Sends to a hook, keeps the try, and disables or enables the hook as GitLab does. */
export async function attempt(
  world: World,
  state: HookState,
  {
    url,
    trigger,
    delivery,
  }: { readonly url: string; readonly trigger: string; readonly delivery: Delivery },
): Promise<string> {
  const book = bookOf(world);
  const status = await sendDelivery(url, delivery);
  state.log.unshift({ id: book.nextId, trigger, delivery, status });
  book.nextId += 1;
  if (/^[23]/u.test(status)) {
    state.failures = 0;
    state.disabledUntil = undefined;
    return status;
  }
  state.failures += 1;
  const beyond = state.failures - FAILURES_ALLOWED;
  if (beyond > 0)
    state.disabledUntil =
      world.clock.milliseconds + Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (beyond - 1));
  return status;
}
