import { createServer, type Server } from 'node:http';

import { http, type Request, type Response } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

import { catalog } from '../../functions/catalog.ts';
import type { Environment as SettingsEnvironment } from '../../functions/engine/config/settings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import { connectorFor, familyHandler } from '../../functions/engine/run/serve.ts';

type Handler = (request: Request, response: Response) => Promise<void>;

const ROUTER = 'gitlab-alloydb';

/** Starts the framework's server with one function that routes by the first part of the path. */
export function listen(
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
