/** How many requests may be under way at a time: fewer after trouble, one more for each round without. */
export interface Slots {
  /** Undefined when there is a place at once. */
  enter(signal: AbortSignal | undefined): Promise<void> | undefined;
  /** Names a request that is being sent. */
  ticket(): number;
  /** Gives the place back, with what became of the request. */
  leave(became: Became, ticket: number): void;
  /** False until the server has answered once. */
  readonly isProven: boolean;
  /** Places at present; Infinity when nothing limits them. */
  readonly places: number;
}

/** What became of a request: `slow` says nothing against more of them, and nothing for it. */
export type Became = 'well' | 'slow' | 'trouble';

interface State {
  readonly most: number;
  readonly waiting: Set<() => void>;
  places: number;
  isProven: boolean;
  active: number;
  tickets: number;
  /** Trouble of requests up to this one has been answered for. */
  cutAt: number;
}

/**
 * One place until the first answer, so that nobody floods a server whose limits are unknown; then all, until trouble halves
 * what was under way. `most` places are as good as no limit.
 */
export function openSlots(most: number): Slots {
  const state: State = {
    ...{ most, waiting: new Set<() => void>() },
    ...{ places: 1, isProven: false, active: 0, tickets: 0, cutAt: 0 },
  };
  return {
    enter(signal) {
      if (state.active >= Math.floor(state.places)) return queue(state, signal);
      state.active += 1;
      return undefined;
    },
    ticket: () => (state.tickets += 1),
    leave(became, ticket) {
      change(state, became, ticket);
      state.active -= 1;
      letIn(state);
    },
    get isProven() {
      return state.isProven;
    },
    get places() {
      return state.places;
    },
  };
}

function change(state: State, became: Became, ticket: number): void {
  if (became === 'trouble') {
    if (!state.isProven || ticket <= state.cutAt) return;
    state.places = Math.max(1, Math.floor(Math.min(state.places, state.active) / 2));
    state.cutAt = state.tickets;
    return;
  }
  if (!state.isProven) {
    state.isProven = true;
    state.places = Infinity;
    return;
  }
  if (became === 'slow' || state.places === Infinity) return;
  state.places += 1 / state.places;
  if (state.places >= state.most) state.places = Infinity;
}

function letIn(state: State): void {
  for (const enter of state.waiting) {
    if (state.active >= Math.floor(state.places)) return;
    state.waiting.delete(enter);
    state.active += 1;
    enter();
  }
}

/** Throws the signal's reason when it aborts before there is a place. */
async function queue({ waiting }: State, signal: AbortSignal | undefined): Promise<void> {
  const isIn = await new Promise<boolean>((resolve) => {
    const stop = (): void => {
      waiting.delete(enter);
      resolve(false);
    };
    const enter = (): void => {
      signal?.removeEventListener('abort', stop);
      resolve(true);
    };
    signal?.addEventListener('abort', stop, { once: true });
    waiting.add(enter);
  });
  if (!isIn) signal?.throwIfAborted();
}
