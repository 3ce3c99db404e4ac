import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { rootCertificates } from 'node:tls';

import got, { type Response } from 'got';

import { LoaderError } from '../model/errors.ts';
import { ForbiddenAddress, guardedLookup } from './addresses.ts';
import { decodeBody } from './decodeBody.ts';
import type { Exchange, ForeignCause } from './exchange.ts';
import { isJsonType } from './response.ts';
import type { Transport, TransportOptions, WireRequest } from './transport.ts';

const TOO_LARGE = Symbol('too large');

/**
 * Opens the connections of one client. Follows no redirect and uses no proxy; throws nothing but an abort's reason, and
 * E_CONFIG where the name of the server leads to an address that nothing may be sent to.
 */
export function openConnections(options: TransportOptions): Transport {
  const connections = { keepAlive: true, lookup: guardedLookup(options.resolve) };
  const agent = { http: new HttpAgent(connections), https: new HttpsAgent(connections) };
  const session = got.extend({
    agent,
    https: tlsOptions(options),
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    retry: { limit: 0 },
    timeout: options.timeouts,
    headers: {
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': options.userAgent,
    },
  });

  return {
    send: (request) => exchange(session, request, options.maxBodyBytes),
    close() {
      agent.http.destroy();
      agent.https.destroy();
    },
  };
}

function tlsOptions({ caCertificate, clientCertificate }: TransportOptions) {
  return {
    ...(caCertificate === undefined
      ? {}
      : { certificateAuthority: [...rootCertificates, caCertificate] }),
    ...clientCertificate,
  };
}

async function exchange(
  session: typeof got,
  request: WireRequest,
  maxBodyBytes: number,
): Promise<Exchange> {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  request.signal?.throwIfAborted();
  request.signal?.addEventListener('abort', stop, { once: true });
  try {
    const pending = session(request.url, {
      method: request.method,
      headers: { authorization: `Bearer ${request.token}` },
      ...(request.json === undefined ? {} : { json: request.json }),
      responseType: 'buffer',
      signal: abort.signal,
    });
    void pending.on('downloadProgress', ({ transferred, total }) => {
      if (Math.max(transferred, total ?? 0) > maxBodyBytes) abort.abort(TOO_LARGE);
    });
    return toExchange(await pending, request.request, maxBodyBytes);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (abort.signal.reason === TOO_LARGE) return { kind: 'too-large' };
    throwIfForbidden(error);
    return { kind: 'broken', where: 'network', cause: foreignCause(error, request.token) };
  } finally {
    request.signal?.removeEventListener('abort', stop);
  }
}

function throwIfForbidden(error: unknown): void {
  const cause = error instanceof Error ? error.cause : undefined;
  const forbidden = [error, cause].find((reason) => reason instanceof ForbiddenAddress);
  if (forbidden !== undefined)
    throw new LoaderError('E_CONFIG', `GITLAB_BASE_URL: ${forbidden.message}.`);
}

function toExchange(
  { statusCode, headers, body }: Response<Uint8Array>,
  request: string,
  maxBodyBytes: number,
): Exchange {
  const flat = flatHeaders(headers);
  const decoded = decodeBody(body, flat['content-encoding'], maxBodyBytes);
  if (decoded.kind !== 'text') return decoded;

  const { text } = decoded;
  const json = isJsonType(flat['content-type']) && text !== '' ? parseJson(text) : {};
  if (json === 'broken' && statusCode < 300) return brokenJson();
  return {
    kind: 'answer',
    response: {
      status: statusCode,
      headers: flat,
      request,
      text,
      json: json === 'broken' ? undefined : json.value,
      date: parseDate(flat['date']),
    },
  };
}

function parseDate(header: string | undefined): Date | undefined {
  const date = new Date(header ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function flatHeaders(headers: Response['headers']): Record<string, string> {
  const flat: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined)
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function parseJson(text: string): { readonly value?: unknown } | 'broken' {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return 'broken';
  }
}

function brokenJson(): Exchange {
  return {
    kind: 'broken',
    where: 'body',
    cause: { code: 'BROKEN_JSON', message: 'The body is not whole JSON.' },
  };
}

/** Keeps an error's code and message, without the token if a library ever put it there. */
export function foreignCause(error: unknown, token: string): ForeignCause {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const text = typeof message === 'string' ? message : 'unknown';
  return {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    message: token === '' ? text : text.replaceAll(token, '…'),
  };
}
