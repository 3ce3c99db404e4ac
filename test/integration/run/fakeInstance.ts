import { type Handler, sendJson } from '../extract/tinyServer.ts';

/** What a test changes of an instance that is all right. */
export interface Instance {
  readonly user?: object;
  readonly token?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses of paths that would be answered otherwise. */
  readonly statuses?: Readonly<Record<string, number>>;
}

/** Answers what `check` asks as an instance that is all right, but for what a test changes. */
export function instance({
  user = {},
  token = {},
  headers = {},
  statuses = {},
}: Instance): Handler {
  const bodies: Readonly<Record<string, unknown>> = {
    '/user': { username: 'ada', ...user },
    '/personal_access_tokens/self': { scopes: ['read_api'], expires_at: null, ...token },
    '/metadata': { version: '18.4.0', enterprise: true },
    '/projects': [{ id: 7, path_with_namespace: 'acme/web' }],
    '/projects/acme%2Fweb': { id: 7 },
    '/groups': [{ id: 1 }],
    '/application/appearance': { title: '' },
    '/license': { plan: 'ultimate' },
  };
  return (request, response) => {
    const path = (request.url ?? '').replace('/api/v4', '').split('?')[0] ?? '';
    const status = statuses[path] ?? (path in bodies ? 200 : 404);
    const total = path === '/projects' ? { 'x-total': '12' } : {};
    const body = status === 200 ? bodies[path] : { message: 'no' };
    sendJson(response, body, { status, headers: { ...total, ...headers } });
  };
}
