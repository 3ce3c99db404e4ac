import { pathOf } from './response.ts';

/** The path without query and ids, which GitLab's limits are about: `/projects/:id/jobs`. */
export function routeOf(pathAndQuery: string): string {
  return pathOf(pathAndQuery).replace(/\/\d+(?=\/|$)/g, '/:id');
}
