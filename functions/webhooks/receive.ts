import { http } from '@google-cloud/functions-framework';

import { openInstance } from '../engine/run/instance.ts';
import { receiveHandler } from '../engine/run/receive.ts';
import { leaveBodiesUnread } from '../engine/run/unreadBody.ts';

process.env['NODE_ENV'] ??= 'production';
leaveBodiesUnread();

const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const instance = openInstance({ now: Date.now, write });
const handler = receiveHandler({ environment: process.env, now: Date.now, write });

http('receive', (request, response) => instance.during(response, () => handler(request, response)));
