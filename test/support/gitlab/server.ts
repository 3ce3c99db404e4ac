import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answer, type Application, makeApplication } from './application.ts';
import { answerControl } from './control.ts';
import { type Faults, makeFaults } from './faults.ts';
import type { RateLimit } from './rateLimit.ts';
import { makeRecorder, type Recorder, type RequestLog } from './record.ts';
import { json } from './reply.ts';
import { send } from './send.ts';
import { truth, type TruthOptions } from './truth.ts';
import type { Truth } from './truthRows.ts';
import { makeWorld } from './world.ts';
import { branchText } from './world/branches.ts';
import { jobText } from './world/jobObject.ts';
import type { Who, World, WorldOptions } from './world/model.ts';

/** How the simulated GitLab behaves; every field has a default. */
export interface GitlabOptions extends WorldOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  /** Put before `/api/v4`, e.g. `/gitlab`. */
  readonly relativeRoot?: string;
  /** Scheme, host and port in `Link` headers; its own by default. */
  readonly linkOrigin?: string;
  readonly latencyMilliseconds?: number;
  readonly rateLimit?: RateLimit;
  /** Offset pages beyond it are refused with 405; 0 switches it off, 50,000 by default. */
  readonly offsetLimit?: number;
  /** Requests that the log keeps. */
  readonly recordLimit?: number;
  /** Serves `/__truth`, `/__requests`, `/__faults` and `/__jobs`. */
  readonly control?: boolean;
  /** Makes the JSON of all jobs and branches before the first request, so that a benchmark measures its client. */
  readonly warm?: boolean;
  /** A world made before, instead of one from these options. */
  readonly world?: World;
  readonly now?: () => number;
}

/** A running simulated GitLab. */
export interface SimulatedGitlab {
  /** The instance's address with its relative root, without `/api/v4`. */
  readonly url: string;
  readonly port: number;
  readonly adminToken: string;
  readonly memberToken: string;
  readonly narrowToken: string;
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestLog;
  /** The rows that a complete load with this token leaves behind, as the world is now. */
  readonly truth: (who: 'admin' | 'member', options?: Omit<TruthOptions, 'admin'>) => Truth;
  /** Stops listening and cuts every connection. */
  readonly close: () => Promise<void>;
}

/** Starts a simulated GitLab on 127.0.0.1. */
export async function startGitlab(options: GitlabOptions = {}): Promise<SimulatedGitlab> {
  const world = options.world ?? makeWorld(options);
  if (options.warm === true) warm(world);
  const faults = makeFaults();
  const recorder = makeRecorder(options.recordLimit ?? 100_000);
  const server = createServer({ keepAliveTimeout: 65_000 });
  const port = await listen(server, options.port ?? 0);
  const origin = `http://127.0.0.1:${String(port)}`;
  const application = makeApplication({
    ...options,
    linkOrigin: options.linkOrigin ?? origin,
    world,
  });
  const gitlab: SimulatedGitlab = {
    url: `${origin}${options.relativeRoot ?? ''}`,
    port,
    adminToken: tokenOf(world, 'admin'),
    memberToken: tokenOf(world, 'member'),
    narrowToken: tokenOf(world, 'narrow'),
    world,
    faults,
    requests: recorder.log,
    truth: (who, chosen = {}) => truth(world, { ...chosen, admin: who === 'admin' }),
    close: () => close(server),
  };
  const control = options.control === true;
  const serve = service(gitlab, { application, record: recorder.record, control });
  server.on('request', (request, response) => {
    serve(request, response).catch((error: unknown) => {
      fail(response, error);
    });
  });
  return gitlab;
}

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

interface Parts {
  readonly application: Application;
  readonly record: Recorder['record'];
  readonly control: boolean;
}

function service(gitlab: SimulatedGitlab, { application, record, control }: Parts): Serve {
  return async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const body = method === 'GET' ? '' : await readBody(request);
    if (control && url.startsWith('/__')) {
      send(response, answerControl(gitlab, { method, url, body }), 'proceed');
      return;
    }
    const started = performance.now();
    const { path, query } = splitUrl(url);
    const asked = { method, url, path, query: new URLSearchParams(query) };
    const outcome = await gitlab.faults.play(asked);
    const result = await answer(application, { method, path, query, body, headers });
    const sent = send(response, result, outcome);
    const milliseconds = performance.now() - started;
    record({ method, url, token: result.token, ...sent, milliseconds });
  };
}

function warm(world: World): void {
  for (const project of world.projects.values()) {
    for (const job of project.jobs) jobText(world, project, job);
    for (const branch of project.branches) {
      branchText(world, project, { branch, right: 'can push' });
    }
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  send(response, { ...json({ message }, {}, 500), token: 'none' }, 'proceed');
}

function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const mark = url.indexOf('?');
  return mark < 0
    ? { path: url, query: '' }
    : { path: url.slice(0, mark), query: url.slice(mark + 1) };
}

function tokenOf(world: World, who: Who): string {
  for (const token of world.tokens.values()) {
    if (token.who === who) return token.text;
  }
  throw new RangeError(`the world has no token for '${who}'`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
