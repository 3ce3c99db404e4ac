import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { http, type Request, type Response } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';
import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { Environment as SettingsEnvironment } from '../../functions/engine/config/settings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import { connectorFor, familyHandler, hideErrorPages } from '../../functions/engine/run/serve.ts';
import { type CommandContext, output } from './terminal.ts';

type Handler = (request: Request, response: Response) => Promise<void>;

const ROUTER = 'gitlab-alloydb';

/** `serve`: every family's function on one local port. */
export function addServeCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('serve')
    .description('serve every function on one local port: POST /<family>, GET /healthz')
    .option('--port <number>', 'port on 127.0.0.1', '8080')
    .action(({ port }: { readonly port: string }) =>
      withSettings(async (environment) => {
        await loadSettings(environment);
        hideErrorPages();
        const server = await listen(environment, portOf(port), signal);
        const address = server.address() as AddressInfo;
        output.line(
          JSON.stringify({ event: 'serving', url: `http://127.0.0.1:${address.port.toString()}` }),
        );
        await closed(server, signal);
        return 0;
      }),
    );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new LoaderError('E_REQUEST', `--port: expected an integer from 0 to 65535, got '${text}'.`);
}

/** Starts the framework's server with one function that routes by the first part of the path. */
function listen(
  environment: SettingsEnvironment,
  port: number,
  signal: AbortSignal,
): Promise<Server> {
  const connector = connectorFor(environment);
  const handlers: ReadonlyMap<string, Handler> = new Map(
    Object.keys(catalog).map((family) => [
      family,
      familyHandler({ family, catalog, environment, signal, connector }),
    ]),
  );
  http(ROUTER, (request, response) => route(handlers, request, response));
  const server = withRawBodies(getTestServer(ROUTER));
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new LoaderError(
          'E_REQUEST',
          `--port: ${port.toString()} cannot be used (${error.code ?? error.message}).`,
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

/** The framework would parse JSON and print bodies that it cannot: as text they reach the function as they are. */
function withRawBodies(framework: Server): Server {
  return createServer((request, response) => {
    request.headers['content-type'] = 'text/plain';
    framework.emit('request', request, response);
  });
}

async function route(
  handlers: ReadonlyMap<string, Handler>,
  request: Request,
  response: Response,
): Promise<void> {
  const name = request.path.slice(1);
  if (name === 'healthz') {
    response.status(200).json({ status: 'ok' });
    return;
  }
  const handler = handlers.get(name);
  if (handler === undefined) {
    response.status(404).json({
      message: `There is no function '${name}'; known: ${[...handlers.keys()].join(', ')}.`,
    });
    return;
  }
  if (request.method !== 'POST') {
    response.status(405).set('allow', 'POST').json({ message: 'Functions are called with POST.' });
    return;
  }
  await handler(request, response);
}

function closed(server: Server, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const close = (): void => {
      server.close(() => {
        resolve();
      });
    };
    if (signal.aborted) close();
    else signal.addEventListener('abort', close, { once: true });
  });
}
