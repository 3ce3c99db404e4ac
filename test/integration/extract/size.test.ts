import { gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { caught } from '../../unit/extract/caught.ts';
import { openTestClient } from './testClient.ts';
import { type Handler, sendJson, startTinyServer } from './tinyServer.ts';

const MEBIBYTE = 1 << 20;

describe('size', () => {
  const sizes: readonly { name: string; send: Handler }[] = [
    {
      name: 'a body of 65 MiB that says so',
      send: (_, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-length': 65 * MEBIBYTE,
        });
        response.write('[');
      },
    },
    {
      name: 'a body without an end',
      send: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const chunk = Buffer.alloc(MEBIBYTE, ' ');
        const pour = (): void => {
          while (!response.destroyed && response.write(chunk));
        };
        response.on('drain', pour);
        pour();
      },
    },
    {
      name: 'a gzip bomb',
      send: (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(65 * MEBIBYTE, ' ')));
      },
    },
  ];
  // GL3.9
  test.each(sizes)('$name is refused and not asked for again', async ({ send }) => {
    await using server = await startTinyServer(send);
    const { client } = openTestClient(server.url);

    const error = await caught(() => client.get('/x'));

    expect(error.code).toBe('E_GITLAB_ANSWER');
    expect(error.message).toContain('too large');
    expect(server.asked).toHaveLength(1);
  });

  // G6
  test('a page that is too large is asked for with fewer records', async () => {
    await using server = await startTinyServer((request, response) => {
      sendJson(response, request.url?.endsWith('=50') === true ? [] : ['x'.repeat(2_000)]);
    });
    const { client, waits } = openTestClient(server.url, { maxBodyBytes: 1_000 });

    const { json } = await client.get('/x?per_page=100', { smaller: () => '/x?per_page=50' });

    expect(json).toEqual([]);
    expect(waits).toEqual([]);
  });
});
