/** What is good until an instant of the wall clock. */
export interface Expiring {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** How a value is renewed. */
export interface RefreshOptions<T extends Expiring> {
  readonly fetch: () => Promise<T>;
  readonly now: () => number;
  /** Whether a value that has not expired may still be used after this failure of a refresh. */
  readonly isPassing: (error: unknown) => boolean;
}

/** A value that is renewed when somebody needs it, and by no timer: a function without requests has no processor. */
export interface LazyRefresh<T extends Expiring> {
  /** The value, new if need be; all who ask during one refresh get its outcome. */
  get(): Promise<T>;
  /** Says that this value did not work, so that the next `get` renews it, but not again and again. */
  distrust(value: T): void;
}

/** A value this close to its end is renewed: the connection has to be made before it. */
export const REFRESH_AHEAD_MILLISECONDS = 4 * 60_000;

/** Between two refreshes that only distrust asks for; the Admin API has a quota. */
export const DISTRUST_MILLISECONDS = 30_000;

/** Makes a value that is fetched by the first `get`. */
export function lazyRefresh<T extends Expiring>({
  fetch,
  now,
  isPassing,
}: RefreshOptions<T>): LazyRefresh<T> {
  let current: T | undefined;
  let pending: Promise<T> | undefined;
  let fetchedAt = 0;
  let distrusted: T | undefined;

  function isGood(value: T): boolean {
    if (now() >= value.expiresAt - REFRESH_AHEAD_MILLISECONDS) return false;
    if (value !== distrusted) return true;
    const age = now() - fetchedAt;
    // A clock that was set back must not hold the refresh up.
    return age >= 0 && age < DISTRUST_MILLISECONDS;
  }

  async function refresh(previous: T | undefined): Promise<T> {
    try {
      return await fetch();
    } catch (error) {
      if (previous !== undefined && now() < previous.expiresAt && isPassing(error)) return previous;
      throw error;
    } finally {
      fetchedAt = now();
    }
  }

  return {
    get: async () => {
      if (pending !== undefined) return pending;
      if (current !== undefined && isGood(current)) return current;
      pending = refresh(current);
      try {
        current = await pending;
        return current;
      } finally {
        pending = undefined;
      }
    },
    distrust: (value) => {
      if (value === current) distrusted = value;
    },
  };
}
