/** How many requests GitLab takes in one aligned window. */
export interface EndpointLimit {
  readonly requests: number;
  readonly seconds: number;
}

const MINUTE = 60;
const TEN_MINUTES = 600;

/**
 * Limits of single endpoints that gitlab.com publishes and that no header tells. Their windows are GitLab's defaults
 * everywhere; the numbers are gitlab.com's own.
 */
const LIMITS: Readonly<Record<string, EndpointLimit>> = {
  '/projects': { requests: 2_000, seconds: TEN_MINUTES },
  '/projects/:id': { requests: 400, seconds: MINUTE },
  '/projects/:id/jobs': { requests: 600, seconds: MINUTE },
  '/groups': { requests: 200, seconds: MINUTE },
  '/groups/:id': { requests: 400, seconds: MINUTE },
  '/groups/:id/projects': { requests: 600, seconds: MINUTE },
  '/users/:id': { requests: 300, seconds: TEN_MINUTES },
  '/users/:id/projects': { requests: 300, seconds: MINUTE },
  '/users/:id/contributed_projects': { requests: 100, seconds: MINUTE },
  '/users/:id/starred_projects': { requests: 100, seconds: MINUTE },
  '/users/:id/followers': { requests: 100, seconds: MINUTE },
  '/users/:id/following': { requests: 100, seconds: MINUTE },
  '/users/:id/status': { requests: 240, seconds: MINUTE },
  '/users/:id/keys': { requests: 120, seconds: MINUTE },
  '/users/:id/gpg_keys': { requests: 120, seconds: MINUTE },
};

/** The published limit of a route; undefined where none is known. */
export function endpointLimit(route: string): EndpointLimit | undefined {
  return Object.hasOwn(LIMITS, route) ? LIMITS[route] : undefined;
}

/** True where the published limits hold as they are. */
export function hasPublishedLimits(origin: string): boolean {
  return origin === 'https://gitlab.com';
}
