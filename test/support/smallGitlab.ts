import type { Handler } from '../integration/extract/tinyServer.ts';
import { sendJson } from '../integration/extract/tinyServer.ts';

/** Answers what a run asks before it reads: whose token it is. Everything else is left to `lists`. */
export function smallGitlab(lists: Handler): Handler {
  let asked = 0;
  return (request, response) => {
    const path = (request.url ?? '').replace('/api/v4', '').split('?', 1)[0] ?? '';
    if (path === '/user') sendJson(response, { id: 1, username: 'reader', is_admin: false });
    else if (path === '/personal_access_tokens/self') sendJson(response, { scopes: ['read_api'] });
    else if (path === '/metadata') sendJson(response, { version: '18.0.0' });
    else return lists(request, response, asked++);
  };
}
