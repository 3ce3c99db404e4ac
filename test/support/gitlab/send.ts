import type { ServerResponse } from 'node:http';

import type { Answer } from './application.ts';
import type { FaultOutcome } from './faults.ts';

/** What left the server: no status when nothing did. */
export interface Sent {
  readonly status: number;
  readonly bytes: number;
}

/** Sends the real answer, or what the script of faults makes of it. */
export function send(response: ServerResponse, real: Answer, outcome: FaultOutcome): Sent {
  if (outcome === 'hang') return { status: 0, bytes: 0 };
  if (outcome === 'reset') {
    response.socket?.resetAndDestroy();
    return { status: 0, bytes: 0 };
  }
  if (outcome === 'truncate') return sendHalf(response, real);
  const { status, headers, body } = outcome === 'proceed' ? real : scripted(outcome);
  response.writeHead(status, { ...headers, 'Content-Length': String(body.length) });
  response.end(body);
  return { status, bytes: body.length };
}

function sendHalf(response: ServerResponse, { status, headers, body }: Answer): Sent {
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.writeHead(status, { ...headers, 'Content-Length': String(body.length) });
  response.write(half, () => response.socket?.destroy());
  return { status, bytes: half.length };
}

function scripted(
  outcome: Exclude<FaultOutcome, string>,
): Pick<Answer, 'status' | 'headers' | 'body'> {
  const headers = { 'Content-Type': 'application/json', ...outcome.headers };
  return { status: outcome.status, headers, body: Buffer.from(outcome.body ?? '') };
}
