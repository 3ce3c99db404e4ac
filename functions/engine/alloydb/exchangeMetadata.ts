import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';

import { AlloydbError } from './errors.ts';
import {
  decodeResponse,
  encodeRequest,
  type ExchangeRequest,
  LENGTH_BYTES,
  MESSAGE_LIMIT_BYTES,
} from './metadataExchange.ts';

const SENTENCE_LIMIT = 500;

/** Sends the request and reads exactly its answer; throws EXCHANGE_DENIED when the server refuses the login. */
export async function exchangeMetadata(
  socket: TLSSocket,
  request: ExchangeRequest,
  signal: AbortSignal,
): Promise<void> {
  socket.write(encodeRequest(request));
  const response = decodeResponse(await readAnswer(socket, signal));
  if (response.accepted) return;
  throw new AlloydbError(
    'EXCHANGE_DENIED',
    `AlloyDB refused the connection: ${shown(response.error, request.token)}`,
  );
}

/** With TLS 1.3 a client certificate that the server refuses shows only here: as an end instead of an answer. */
async function readAnswer(socket: TLSSocket, signal: AbortSignal): Promise<Buffer> {
  const ended = new AbortController();
  const end = (): void => {
    ended.abort(new Error('the server ended the connection'));
  };
  socket.once('end', end).once('close', end);
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    for (let received = Buffer.alloc(0); ;) {
      const answer = wholeAnswer(received);
      if (answer !== undefined) {
        const rest = received.subarray(LENGTH_BYTES + answer.length);
        if (rest.length > 0) socket.unshift(rest);
        return answer;
      }
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) await once(socket, 'readable', { signal: either });
      else received = Buffer.concat([received, chunk]);
    }
  } catch (error) {
    throw ended.signal.aborted ? ended.signal.reason : error;
  } finally {
    socket.off('end', end).off('close', end);
  }
}

/** The message without its length; undefined while a part of it is still to come. */
function wholeAnswer(received: Buffer): Buffer | undefined {
  if (received.length < LENGTH_BYTES) return undefined;
  const length = received.readUInt32BE();
  if (length > MESSAGE_LIMIT_BYTES) throw new Error(`an answer of ${length.toString()} bytes`);
  const end = LENGTH_BYTES + length;
  return received.length < end ? undefined : received.subarray(LENGTH_BYTES, end);
}

/** The server's own sentence, on one line and without the token. */
function shown(error: string, token: string): string {
  const line = error.replaceAll(/\s+/g, ' ').trim().slice(0, SENTENCE_LIMIT);
  const safe = token === '' ? line : line.replaceAll(token, '***');
  if (safe === '') return 'it did not say why.';
  return /[.!?]$/.test(safe) ? safe : `${safe}.`;
}
