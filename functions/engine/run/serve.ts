import { http, type Request, type Response } from '@google-cloud/functions-framework';

import type { Family } from '../model/resource.ts';
import type { FamilyEntrance } from './answerCall.ts';
import { openInstance, send } from './instance.ts';
import { keepMemoryFlat } from './memory.ts';
import { leaveBodiesUnread } from './unreadBody.ts';

const instance = openInstance({
  now: Date.now,
  write: (line) => {
    process.stdout.write(`${line}\n`);
  },
});

/**
 * Registers the function of a family: `POST` runs what is due of it, whether Pub/Sub, Cloud Scheduler or a person calls.
 * `parents` are the families whose resources partition it; they are loaded first when they never were.
 */
export function serve(family: Family, parents: readonly Family[] = []): void {
  hideErrorPages();
  leaveBodiesUnread();
  keepMemoryFlat();
  const catalog = Object.fromEntries([...parents, family].map((member) => [member.id, member]));
  let opened: Promise<FamilyEntrance> | undefined;
  const open = async (): Promise<FamilyEntrance> => {
    const { connectorFor } = await import('./connectorFor.ts');
    return {
      family: family.id,
      catalog,
      environment: process.env,
      signal: instance.signal,
      connector: connectorFor(process.env),
      outlast: instance.outlast,
    };
  };
  const handler = familyHandler(() => (opened ??= open()));
  http(family.id, (request, response) =>
    instance.during(response, () => handler(request, response)),
  );
}

/** The framework shows the stack of what it cannot answer unless it knows that this is production. */
export function hideErrorPages(): void {
  process.env['NODE_ENV'] ??= 'production';
}

/**
 * Answers calls of a family: `POST` with the report of a run, `GET /` and `GET /healthz` with its health. What runs is
 * evaluated with the first run, and `open` called for each, so that a process is well before it has read all of its code.
 */
export function familyHandler(open: () => FamilyEntrance | Promise<FamilyEntrance>) {
  return async (request: Request, response: Response): Promise<void> => {
    if (request.method !== 'POST') {
      look(request, response);
      return;
    }
    const { answerCall } = await import('./answerCall.ts');
    const entrance = await open();
    send(response, await answerCall(entrance, request), entrance.signal);
  };
}

function look({ method, path }: Request, response: Response): void {
  const isLook = method === 'GET' || method === 'HEAD';
  if (isLook && (path === '/' || path === '/healthz')) response.status(200).json({ status: 'ok' });
  else
    response.status(405).set('allow', 'POST').json({ message: 'Functions are called with POST.' });
}
