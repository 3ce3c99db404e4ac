import type { lookup } from 'node:dns';

import type { Exchange } from './exchange.ts';

/** Longest silence of each phase of a request, in milliseconds. */
export interface Timeouts {
  readonly lookup: number;
  readonly connect: number;
  readonly secureConnect: number;
  readonly socket: number;
  readonly response: number;
  readonly request: number;
}

/** How a client's connections behave. */
export interface TransportOptions {
  readonly userAgent: string;
  readonly timeouts: Timeouts;
  /** Bounds the bytes on the wire and the decompressed body. */
  readonly maxBodyBytes: number;
  readonly caCertificate?: string | undefined;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string } | undefined;
  /** Resolves names in place of the system. */
  readonly resolve?: typeof lookup | undefined;
}

/** One HTTP request, complete but for what the transport adds itself. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  /** How answers and errors call it. */
  readonly request: string;
  readonly token: string;
  readonly json?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The connections of one client. */
export interface Transport {
  send(request: WireRequest): Promise<Exchange>;
  close(): void;
}
