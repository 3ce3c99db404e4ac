import pg from 'pg';

/** What pg's pool makes its connections with; `password` stands in for that of a connection string. */
export function clientConstructor(password?: () => Promise<string>): new () => pg.Client {
  function Client(config: pg.ClientConfig): pg.Client {
    const client = new pg.Client(config);
    // A connection string beats the other settings, so it cannot be one of them.
    if (password !== undefined) Object.assign(client, { password });
    // A broken connection emits an error, which would end the process if nobody listened.
    client.on('error', () => undefined);
    // pg leaves the socket of a login that it gives up itself open, and the server waits for a minute.
    client.connection.on('error', () => client.connection.stream.destroy());
    return client;
  }
  return Client as unknown as new () => pg.Client;
}
