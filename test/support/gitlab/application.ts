import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { Viewer } from './access.ts';
import { authenticate, authorize, tokenText } from './auth.ts';
import { makeThrottle, type RateLimit, type Throttle } from './rateLimit.ts';
import type { RequestRecord } from './record.ts';
import { Refusal, reject, type Reply } from './reply.ts';
import { findRoute, GRAPHQL, type Match } from './router.ts';
import type { World } from './world/model.ts';

/** What the application needs to know. */
export interface ApplicationOptions {
  readonly world: World;
  readonly linkOrigin: string;
  readonly relativeRoot?: string;
  readonly latencyMilliseconds?: number;
  readonly rateLimit?: RateLimit;
  readonly offsetLimit?: number;
  readonly now?: () => number;
}

/** The application between the socket and the routes. */
export interface Application {
  readonly options: ApplicationOptions;
  readonly throttle: Throttle;
  readonly cache: Map<string, Reply>;
  readonly state: { version: number; bytes: number };
}

/** A request as the application sees it. */
export interface ApplicationRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

/** An encoded answer and whose token asked. */
export interface Answer extends Reply {
  readonly token: RequestRecord['token'];
}

const compress = promisify(gzip);
const CACHE_LIMIT_BYTES = 256_000_000;
const SMALLEST_COMPRESSED_BYTES = 500;

/** An application with an empty cache. */
export function makeApplication(options: ApplicationOptions): Application {
  const cache = new Map<string, Reply>();
  return {
    options,
    throttle: makeThrottle(options.rateLimit),
    cache,
    state: { version: 0, bytes: 0 },
  };
}

/** Answers one request: latency, throttle, rights, route, compression. */
export async function answer(
  application: Application,
  request: ApplicationRequest,
): Promise<Answer> {
  const { options } = application;
  if (options.latencyMilliseconds !== undefined) await sleep(options.latencyMilliseconds);
  const now = (options.now ?? Date.now)();
  const text = tokenText(request.headers);
  const { headers, refusal } = application.throttle.count(text ?? 'none', now);
  const reply = refusal ?? (await routed(application, request, text));
  const common = {
    Date: new Date(now).toUTCString(),
    'Cache-Control': 'max-age=0, private, must-revalidate',
    Vary: 'Accept-Encoding',
    ...headers,
  };
  return {
    ...reply,
    headers: { ...common, ...reply.headers },
    token: tokenName(options.world, text),
  };
}

async function routed(
  application: Application,
  request: ApplicationRequest,
  text: string | undefined,
): Promise<Reply> {
  const isCompressed = /\bgzip\b/u.test(request.headers['accept-encoding'] ?? '');
  const key = `${String(isCompressed)} ${text ?? ''} ${request.path}?${request.query}`;
  const known = request.method === 'GET' ? cached(application, key) : undefined;
  if (known !== undefined) return known;
  const { version } = application.options.world.clock;
  const plain = await refusable(() => handle(application, request, text));
  const reply =
    isCompressed && plain.body.length > SMALLEST_COMPRESSED_BYTES ? await compressed(plain) : plain;
  if (request.method === 'GET') store(application, { key, version }, reply);
  return reply;
}

function handle(
  { options }: Application,
  request: ApplicationRequest,
  text: string | undefined,
): Reply | Promise<Reply> {
  const { world } = options;
  const match = matchOf(options, request);
  const viewer: Viewer = authenticate(world, text);
  if (match === undefined) throw reject(404, '404 Not Found');
  authorize(world, viewer, match.need);
  return match.handle({
    world,
    viewer,
    path: request.path,
    params: match.params,
    query: new URLSearchParams(request.query),
    body: request.body,
    linkOrigin: options.linkOrigin,
    offsetLimit: options.offsetLimit ?? 50_000,
  });
}

function matchOf(
  { relativeRoot = '' }: ApplicationOptions,
  { method, path }: ApplicationRequest,
): Match | undefined {
  if (method === 'POST' && path === `${relativeRoot}/api/graphql`)
    return { ...GRAPHQL, params: {} };
  const prefix = `${relativeRoot}/api/v4/`;
  return path.startsWith(prefix) ? findRoute(method, path.slice(prefix.length)) : undefined;
}

async function refusable(make: () => Reply | Promise<Reply>): Promise<Reply> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

async function compressed(reply: Reply): Promise<Reply> {
  const body = await compress(reply.body, { level: 1 });
  return { ...reply, headers: { ...reply.headers, 'Content-Encoding': 'gzip' }, body };
}

function cached({ options, cache, state }: Application, key: string): Reply | undefined {
  const { version } = options.world.clock;
  if (state.version !== version) {
    cache.clear();
    state.version = version;
    state.bytes = 0;
  }
  return cache.get(key);
}

interface CacheKey {
  readonly key: string;
  readonly version: number;
}

function store({ cache, state }: Application, { key, version }: CacheKey, reply: Reply): void {
  if (state.version !== version || state.bytes > CACHE_LIMIT_BYTES) return;
  state.bytes += reply.body.length;
  cache.set(key, reply);
}

function tokenName(world: World, text: string | undefined): RequestRecord['token'] {
  if (text === undefined) return 'none';
  return world.tokens.get(text)?.who ?? 'unknown';
}
