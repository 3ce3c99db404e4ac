import type { IncomingMessage, ServerResponse } from 'node:http';

import { sendJson, startTinyServer, type TinyServer } from '../integration/extract/tinyServer.ts';

/** A GitLab that knows one token at a time and replaces it. */
export interface RotatingGitlab extends TinyServer {
  /** The token that is valid now. */
  readonly token: () => string;
  /** Bodies of the rotations. */
  readonly rotations: readonly { readonly path: string; readonly body: unknown }[];
}

/** What differs from a GitLab that does as it is asked. */
export interface RotatingOptions {
  readonly username?: string;
  readonly scopes?: readonly string[];
  /** Answers a rotation; by default with the new token. */
  readonly answer?: (
    response: ServerResponse,
    rotate: () => string,
    request: IncomingMessage,
  ) => void | Promise<void>;
}

/** Starts it with the token `canary-0`; the next ones are `canary-1` and so on. */
export async function startRotatingGitlab({
  username = 'ada',
  scopes = ['read_api', 'self_rotate'],
  answer = (response, rotate) => {
    sendJson(response, { token: rotate(), expires_at: '2027-01-01' }, { status: 201 });
  },
}: RotatingOptions = {}): Promise<RotatingGitlab> {
  let number = 0;
  const rotations: { path: string; body: unknown }[] = [];
  const rotate = (): string => {
    number += 1;
    return `canary-${number.toString()}`;
  };
  const server = await startTinyServer(async (request, response) => {
    const path = (request.url ?? '').replace('/api/v4', '');
    const isKnown = request.headers.authorization === `Bearer canary-${number.toString()}`;
    if (!isKnown) {
      sendJson(response, { message: '401 Unauthorized' }, { status: 401 });
      return;
    }
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      rotations.push({ path, body: JSON.parse(Buffer.concat(parts).toString()) });
      return answer(response, rotate, request);
    }
    const token = {
      scopes,
      created_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-04-01',
    };
    sendJson(response, path === '/user' ? { username } : token);
  });
  return { ...server, rotations, token: () => `canary-${number.toString()}` };
}
