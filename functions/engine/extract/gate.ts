import type { GitlabResponse } from './response.ts';
import { routeOf } from './route.ts';

/** Remembers until when GitLab wants no requests of a token. */
export interface Gate {
  /** Milliseconds until a request of this route is welcome; 0 when it is now. */
  remaining(route: string, now: number): number;
  /** Closes the gate of one route, or of `*`, which is all of them; never opens one earlier. */
  close(scope: string, until: number): void;
  /** True while some gate may be closed. */
  readonly isWatched: boolean;
}

const EVERYWHERE = '*';

/** Opens a gate that lets everything through until it is closed. */
export function openGate(): Gate {
  const closedUntil = new Map<string, number>();

  return {
    get isWatched() {
      return closedUntil.size > 0;
    },
    remaining(route, now) {
      const everywhere = closedUntil.get(EVERYWHERE) ?? 0;
      const here = closedUntil.get(route) ?? 0;
      for (const [scope, until] of closedUntil) {
        if (until <= now) closedUntil.delete(scope);
      }
      return Math.max(0, everywhere - now, here - now);
    },
    close(scope, until) {
      closedUntil.set(scope, Math.max(until, closedUntil.get(scope) ?? 0));
    },
  };
}

/** What a refusal is about: GitLab limits single routes in its application, which answers JSON; the limits before it answer text. */
export function refusedScope({ json, request }: GitlabResponse): string {
  const isLimitOfOneRoute = typeof json === 'object' && json !== null && 'message' in json;
  return isLimitOfOneRoute ? routeOf(request) : EVERYWHERE;
}
