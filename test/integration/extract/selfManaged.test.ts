import type { lookup } from 'node:dns';

import { describe, expect, test } from 'vitest';

import { makeAuthority } from '../../support/alloydb/certificates.ts';
import { clientIdentity, startTlsServer } from '../../support/tls/tlsServer.ts';
import { caught } from '../../unit/extract/caught.ts';
import { openTestClient } from './testClient.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

/** A name server that gives these answers one after the other, the last one for ever. */
function answers(...given: readonly (readonly string[])[]): typeof lookup {
  let asked = 0;
  const resolve = (
    _name: string,
    options: { readonly all?: boolean },
    callback: (error: null, found: unknown, family?: number) => void,
  ): void => {
    const addresses = (given[Math.min(asked, given.length - 1)] ?? []).map((address) => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
    asked += 1;
    if (options.all === true) callback(null, addresses);
    else callback(null, addresses[0]?.address, addresses[0]?.family);
  };
  return resolve as unknown as typeof lookup;
}

const ok: Handler = (_, response) => {
  sendJson(response, []);
};

describe('a private authority', () => {
  test('is trusted when it is named', async () => {
    await using server = await startTlsServer((_, response) => sendJson(response, []));
    const caCertificate = server.authority.certificate;
    const { client } = openTestClient(server.url, { caCertificate });

    expect((await client.get('/x')).status).toBe(200);
    client.close();
  });

  test('is not trusted otherwise, and the sentence says what to set', async () => {
    await using server = await startTlsServer((_, response) => sendJson(response, []));

    const error = await caught(() => openTestClient(server.url).client.get('/x'));

    expect(error).toMatchObject({ code: 'E_GITLAB_UNREACHABLE' });
    expect(error.message).toContain('GITLAB_CA_FILE');
  });
});

describe('a server that wants a client certificate', () => {
  test('answers the one that it knows', async () => {
    const clients = makeAuthority('Clients');
    await using server = await startTlsServer((_, response) => sendJson(response, []), { clients });
    const { client } = openTestClient(server.url, {
      caCertificate: server.authority.certificate,
      clientCertificate: clientIdentity(clients),
    });

    expect((await client.get('/x')).status).toBe(200);
    client.close();
  });

  test.each([
    { name: 'no certificate', by: undefined },
    { name: 'a certificate of somebody else', by: makeAuthority('Strangers') },
  ])('refuses $name', async ({ by }) => {
    const clients = makeAuthority('Clients');
    await using server = await startTlsServer((_, response) => sendJson(response, []), { clients });
    const { client } = openTestClient(server.url, {
      caCertificate: server.authority.certificate,
      clientCertificate: by === undefined ? undefined : clientIdentity(by),
    });

    expect(await caught(() => client.get('/x'))).toMatchObject({ code: 'E_GITLAB_UNREACHABLE' });
  });
});

describe('names that lead elsewhere', () => {
  test.each([
    { addresses: ['169.254.169.254'] },
    { addresses: ['10.0.0.1', '169.254.169.254'] },
    { addresses: ['::ffff:169.254.169.254'] },
    { addresses: ['fe80::1'] },
    { addresses: ['100.100.100.200'] },
    { addresses: ['fd00:ec2::254'] },
  ])('$addresses is refused at once, and named', async ({ addresses }) => {
    const { client, waits } = openTestClient('https://gitlab.test', {
      resolve: answers(addresses),
    });

    const error = await caught(() => client.get('/x'));

    expect(error.code).toBe('E_CONFIG');
    expect(error.message).toContain(`'gitlab.test' has the address '${addresses.at(-1) ?? ''}'`);
    expect(waits).toEqual([]);
  });

  test('the address that was checked is the one that is dialled', async () => {
    await using server = await startTinyServer(ok);
    const { port } = new URL(server.url);
    const { client } = openTestClient(`http://gitlab.test:${port}`, {
      allowHttp: true,
      resolve: answers(['127.0.0.1'], ['169.254.169.254']),
    });

    expect((await client.get('/x')).status).toBe(200);
    client.close();
  });

  test('a new connection is checked anew', async () => {
    await using server = await startTinyServer((_, response) => {
      sendJson(response, [], { headers: { connection: 'close' } });
    });
    const { port } = new URL(server.url);
    const { client } = openTestClient(`http://gitlab.test:${port}`, {
      allowHttp: true,
      resolve: answers(['127.0.0.1'], ['169.254.169.254']),
    });
    await client.get('/x');

    expect(await caught(() => client.get('/y'))).toMatchObject({ code: 'E_CONFIG' });
    expect(server.asked).toEqual(['/api/v4/x']);
  });

  test('a redirect is not followed, wherever it leads', async () => {
    await using server = await startTinyServer((_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
    });

    expect((await openTestClient(server.url).client.get('/x')).status).toBe(302);
    expect(server.asked).toEqual(['/api/v4/x']);
  });
});

test('plain HTTP to another machine is refused before anything is sent', async () => {
  const error = await caught(() =>
    Promise.resolve().then(() => openTestClient('http://gitlab.test')),
  );

  expect(error).toMatchObject({ code: 'E_CONFIG' });
  expect(error.message).toContain('GITLAB_ALLOW_HTTP');
});
