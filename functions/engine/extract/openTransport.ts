import type { Transport, TransportOptions } from './transport.ts';

/**
 * Opens the connections of one client with the first request that it sends: many runs find nothing to ask for, and reading the
 * HTTP client takes longer than all else that they do. Follows no redirect and uses no proxy; throws nothing but an abort's
 * reason, and E_CONFIG where the name of the server leads to an address that nothing may be sent to.
 */
export function openTransport(options: TransportOptions): Transport {
  let opened: Promise<Transport> | undefined;
  const connections = (): Promise<Transport> =>
    (opened ??= import('./connections.ts').then(({ openConnections }) => openConnections(options)));
  return {
    send: async (request) => (await connections()).send(request),
    close() {
      void opened?.then((transport) => {
        transport.close();
      });
    },
  };
}
