import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { http, type Request, type Response } from '@google-cloud/functions-framework';
import { getTestServer } from '@google-cloud/functions-framework/testing';

import { catalog } from '../../functions/catalog.ts';
import type { Environment as SettingsEnvironment } from '../../functions/engine/config/settings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import { connectorFor } from '../../functions/engine/run/connectorFor.ts';
import { familyHandler } from '../../functions/engine/run/serve.ts';
import { hideBody } from '../../functions/engine/run/unreadBody.ts';
import { type Handler, pubsubRoute } from './pubsubRoute.ts';
import { webhookRoutes } from './webhookRoutes.ts';

const ROUTER = 'gitlab-alloydb';

/** A server that answers. */
export interface Listening {
  readonly url: string;
  /** Takes no more requests; resolves when those under way are answered. */
  readonly close: () => Promise<void>;
}

/** Starts the framework's server with one function that routes by the first part of the path. */
export async function listen(
  environment: SettingsEnvironment,
  port: number,
  signal: AbortSignal,
): Promise<Listening> {
  const connector = connectorFor(environment);
  const families: ReadonlyMap<string, Handler> = new Map(
    Object.keys(catalog).map((family) => [
      family,
      familyHandler(() => ({ family, catalog, environment, signal, connector })),
    ]),
  );
  const webhooks = webhookRoutes({ environment, connector, signal });
  const routes = new Map([
    ...families,
    ['pubsub', pubsubRoute(families)],
    ['webhook', webhooks.receive],
    ['webhooks', webhooks.consume],
  ]);
  http(ROUTER, (request, response) => route(routes, request, response));
  const server = withBodiesUnread(getTestServer(ROUTER));
  await opened(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port.toString()}`,
    close: async () => {
      await closed(server);
      await webhooks.close();
    },
  };
}

function opened(server: Server, port: number): Promise<void> {
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
      resolve();
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** The framework would read bodies whole, parse them and print those that it cannot. */
function withBodiesUnread(framework: Server): Server {
  return createServer((request, response) => {
    hideBody(request);
    framework.emit('request', request, response);
  });
}

async function route(
  routes: ReadonlyMap<string, Handler>,
  request: Request,
  response: Response,
): Promise<void> {
  const name = request.path.slice(1);
  if (name === 'healthz') {
    response.status(200).json({ status: 'ok' });
    return;
  }
  const handler = routes.get(name);
  if (handler === undefined) {
    response.status(404).json({
      message: `There is no function '${name}'; known: ${[...routes.keys()].join(', ')}.`,
    });
    return;
  }
  await handler(request, response);
}
