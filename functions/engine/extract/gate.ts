import { type GitlabResponse, pathOf } from './response.ts';

/** Remembers until when GitLab wants no requests, for every request of a client. */
export interface Gate {
  /** Milliseconds until a request to this path is welcome; 0 when it is now. */
  remaining(pathAndQuery: string, now: number): number;
  /** Closes the gate that the refused request stood before. */
  close(refused: GitlabResponse, until: number): void;
}

const EVERYWHERE = '*';

/** Opens a gate that lets everything through until it is closed. */
export function openGate(): Gate {
  const closedUntil = new Map<string, number>();

  return {
    remaining(pathAndQuery, now) {
      const everywhere = closedUntil.get(EVERYWHERE) ?? 0;
      const here = closedUntil.get(routeOf(pathAndQuery)) ?? 0;
      return Math.max(0, everywhere - now, here - now);
    },
    close(refused, until) {
      const key = isLimitOfOneRoute(refused) ? routeOf(refused.request) : EVERYWHERE;
      closedUntil.set(key, Math.max(until, closedUntil.get(key) ?? 0));
    },
  };
}

/** GitLab limits single routes in its application, which answers JSON; the limits before it answer text. */
function isLimitOfOneRoute({ json }: GitlabResponse): boolean {
  return typeof json === 'object' && json !== null && 'message' in json;
}

function routeOf(pathAndQuery: string): string {
  const segments = pathOf(pathAndQuery).split('/');
  return segments.map((segment) => (/^\d+$/.test(segment) ? ':id' : segment)).join('/');
}
