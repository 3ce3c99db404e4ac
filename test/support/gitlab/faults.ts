import { setTimeout as sleep } from 'node:timers/promises';

/** What a rule sees of a request. */
export interface FaultRequest {
  readonly method: string;
  /** The path with its query, as it came. */
  readonly url: string;
  /** The path alone. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** An answer that a fault gives instead of GitLab's. */
export interface FaultAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What a fault does: `reset` closes the socket, `truncate` sends half of the real body, `hang` never answers. */
export type FaultAction =
  | FaultAnswer
  | 'reset'
  | 'truncate'
  | 'hang'
  | { readonly delayMilliseconds: number }
  /** Holds the request back until then. */
  | { readonly waitFor: Promise<unknown> }
  /** Runs before the real answer, e.g. to change the world between two pages. */
  | { readonly run: () => void };

/** One line of the script of faults. */
export interface FaultRule {
  readonly match:
    ((request: FaultRequest) => boolean) | { readonly method?: string; readonly path?: RegExp };
  /** Matching requests that pass before the fault begins; none by default. */
  readonly after?: number;
  /** How often it strikes; always by default. */
  readonly times?: number;
  readonly respond: FaultAction;
}

/** What remains to be done with a request after the script. */
export type FaultOutcome = FaultAnswer | 'reset' | 'truncate' | 'hang' | 'proceed';

/** The script of faults; the first rule that strikes decides, delays and runs apply on top. */
export interface Faults {
  readonly add: (...rules: readonly FaultRule[]) => void;
  readonly clear: () => void;
  /** How often a rule has struck. */
  readonly struck: (rule: FaultRule) => number;
  /** Plays the script for one request. */
  readonly play: (request: FaultRequest) => Promise<FaultOutcome>;
}

/** An empty script. */
export function makeFaults(): Faults {
  const rules: FaultRule[] = [];
  const matches = new Map<FaultRule, number>();
  const hits = new Map<FaultRule, number>();

  const strikes = (rule: FaultRule, request: FaultRequest): boolean => {
    if (!applies(rule, request)) return false;
    const seen = (matches.get(rule) ?? 0) + 1;
    matches.set(rule, seen);
    const hit = (hits.get(rule) ?? 0) + 1;
    if (seen <= (rule.after ?? 0) || hit > (rule.times ?? Infinity)) return false;
    hits.set(rule, hit);
    return true;
  };
  const play = async (request: FaultRequest): Promise<FaultOutcome> => {
    for (const { respond } of rules.filter((rule) => strikes(rule, request))) {
      if (typeof respond === 'string' || 'status' in respond) return respond;
      if ('run' in respond) respond.run();
      else if ('waitFor' in respond) await respond.waitFor;
      else await sleep(respond.delayMilliseconds);
    }
    return 'proceed';
  };
  return {
    add: (...added) => void rules.push(...added),
    clear: () => void rules.splice(0),
    struck: (rule) => hits.get(rule) ?? 0,
    play,
  };
}

function applies({ match }: FaultRule, request: FaultRequest): boolean {
  if (typeof match === 'function') return match(request);
  const { method, path } = match;
  if (method !== undefined && method !== request.method) return false;
  return path === undefined || path.test(request.url);
}
