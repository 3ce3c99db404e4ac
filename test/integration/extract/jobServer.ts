import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';
import { type Handler, queryOf, sendJson } from './tinyServer.ts';

/** A list whose ids descend, with rows that are read again while they are unfinished. */
export const jobs: Partial<ResourceSpec> = {
  path: '/projects/{project_id}/jobs',
  bind: { project_id: { from: 'each', scope: 'project' } },
  query: { order_by: 'id', sort: 'desc' },
  pagination: 'keyset',
  cursor: {
    kind: 'newest-first',
    field: 'id',
    rereadWhile: { status: ['running', 'manual'] },
    filter: 'scope',
  },
};

/** A row of that list. */
export interface Job {
  readonly id: number;
  readonly status: string;
}

/** The jobs of one project, ids descending by cursor, filtered by `scope[]`, one by one by id. */
export function jobServer(world: Iterable<Job>): Handler {
  return (request, response) => {
    const single = /\/jobs\/(\d+)/.exec(request.url ?? '')?.[1];
    if (single !== undefined) {
      const job = [...world].find(({ id }) => id === Number(single));
      sendJson(response, job ?? { message: '404 Not found' }, {
        status: job === undefined ? 404 : 200,
      });
      return;
    }
    const query = queryOf(request);
    const scopes = query.getAll('scope[]');
    const before = Number(query.get('cursor') ?? Infinity);
    const rest = [...world]
      .filter(({ id, status }) => id < before && (scopes.length === 0 || scopes.includes(status)))
      .sort((left, right) => right.id - left.id);
    const records = rest.slice(0, Number(query.get('per_page')));
    query.set('cursor', String(records.at(-1)?.id));
    const link = `<http://gitlab.local/x?${query.toString()}>; rel="next"`;
    sendJson(response, records, { headers: rest.length > records.length ? { link } : {} });
  };
}
