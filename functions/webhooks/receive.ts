import { http } from '@google-cloud/functions-framework';

import { leaveBodiesUnread, receiveHandler } from '../engine/run/receive.ts';

const TARGET = 'receive';

// The process of another function reads bodies as the framework does.
if (process.env['FUNCTION_TARGET'] === TARGET) {
  process.env['NODE_ENV'] ??= 'production';
  leaveBodiesUnread();
}

http(
  TARGET,
  receiveHandler({
    environment: process.env,
    now: Date.now,
    write: (line) => process.stdout.write(`${line}\n`),
  }),
);
