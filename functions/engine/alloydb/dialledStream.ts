import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Makes the connection behind a stream. */
export type Dialler = (signal: AbortSignal) => Promise<TLSSocket>;

/**
 * The socket that pg is given: it can be had at once and dials when pg calls `connect`. pg reads from the moment that
 * it has a socket, so it must not have the real one before the metadata exchange is over.
 */
export class DialledStream extends Duplex {
  readonly #dialler: Dialler;
  readonly #givenUp = new AbortController();
  #socket: TLSSocket | undefined;
  #isReferenced = true;

  constructor(dialler: Dialler) {
    super({ allowHalfOpen: false });
    this.#dialler = dialler;
  }

  /** Dials, whatever host and port pg would connect to; then emits `connect`, or `error`. */
  connect(): this {
    this.#dialler(this.#givenUp.signal).then(
      (socket) => {
        if (this.destroyed) socket.destroy();
        else this.#attach(socket);
      },
      (error: unknown) => {
        this.destroy(error as Error);
      },
    );
    return this;
  }

  /** The dialled socket has it on already. */
  setNoDelay(): this {
    return this;
  }

  /** Forwards what pg is configured with; the dialled socket has it on anyway. */
  setKeepAlive(enable?: boolean, initialDelayMilliseconds?: number): this {
    this.#socket?.setKeepAlive(enable, initialDelayMilliseconds);
    return this;
  }

  /** Lets the connection keep the process alive. */
  ref(): this {
    this.#isReferenced = true;
    this.#socket?.ref();
    return this;
  }

  /** Lets the process end while the connection is idle. */
  unref(): this {
    this.#isReferenced = false;
    this.#socket?.unref();
    return this;
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (socket === undefined) done(new Error('The connection is not made yet.'));
    else if (socket.write(chunk)) done();
    else socket.once('drain', done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket?.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#givenUp.abort(error ?? new Error('The connection was given up.'));
    this.#socket?.destroy();
    done(error);
  }

  #attach(socket: TLSSocket): void {
    this.#socket = socket;
    if (!this.#isReferenced) socket.unref();
    let hasEnded = false;
    socket.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once('end', () => {
      hasEnded = true;
      this.push(null);
    });
    socket.on('error', (error: Error) => {
      this.destroy(error);
    });
    socket.once('close', () => {
      // After its end there may still be something to be read here.
      if (!hasEnded) this.destroy();
    });
    this.emit('connect');
  }
}
