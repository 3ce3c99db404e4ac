import type { IncomingMessage } from 'node:http';

/** How much of a body is read. */
export interface BodyLimits {
  /** More than this is not held. */
  readonly keepBytes: number;
  /** More than this is not even read. */
  readonly readBytes: number;
  readonly milliseconds: number;
}

/** What became of a body. */
export type ReadBody =
  | { readonly end: 'whole'; readonly body: Buffer; readonly bytes: number }
  /** Read to its end, but not held. */
  | { readonly end: 'too-large'; readonly bytes: number }
  /** Not read to its end: it is larger than anybody may send, too slow, or the sender went away. */
  | { readonly end: 'cut' };

/**
 * Reads a body chunk by chunk and shows each to `see`; holds no more than `keepBytes` of it. Where the framework has read
 * the body already, that is taken.
 */
export function readBody(
  request: IncomingMessage & { readonly rawBody?: Buffer | undefined },
  limits: BodyLimits,
  see: (chunk: Buffer) => void = () => undefined,
): Promise<ReadBody> {
  if (request.rawBody === undefined) return readStream(request, limits, see);
  see(request.rawBody);
  return Promise.resolve(wholeOf([request.rawBody], request.rawBody.length, limits));
}

function readStream(
  request: IncomingMessage,
  limits: BodyLimits,
  see: (chunk: Buffer) => void,
): Promise<ReadBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const cut = (): void => {
      finish({ end: 'cut' });
      request.pause();
    };
    const clock = setTimeout(cut, limits.milliseconds);
    const finish = (read: ReadBody): void => {
      clearTimeout(clock);
      request.off('data', take);
      resolve(read);
    };
    function take(chunk: Buffer): void {
      bytes += chunk.length;
      if (bytes > limits.readBytes) {
        cut();
        return;
      }
      see(chunk);
      if (bytes <= limits.keepBytes) chunks.push(chunk);
      else chunks.length = 0;
    }
    if (declaredBytes(request) > limits.readBytes || request.destroyed) {
      cut();
      return;
    }
    request
      .on('data', take)
      .once('end', () => finish(wholeOf(chunks, bytes, limits)))
      .once('error', cut)
      .once('close', cut);
  });
}

function wholeOf(chunks: readonly Buffer[], bytes: number, { keepBytes }: BodyLimits): ReadBody {
  return bytes > keepBytes
    ? { end: 'too-large', bytes }
    : { end: 'whole', body: Buffer.concat(chunks), bytes };
}

/** As the sender said; 0 where it did not say. */
function declaredBytes({ rawHeaders }: IncomingMessage): number {
  const at = rawHeaders.findIndex(
    (name, index) => index % 2 === 0 && /^content-length$/i.test(name),
  );
  return at < 0 ? 0 : Number(rawHeaders[at + 1]);
}
