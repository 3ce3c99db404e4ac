import { once } from 'node:events';
import type { Duplex } from 'node:stream';

import type { Connector, IpType } from '../../../functions/engine/alloydb/index.ts';
import { INSTANCE_URI } from './fakeAlloydb.ts';

/** A stream as pg gets it, which dials when it is told to connect. */
export type DialStream = Duplex & { connect(): void };

/** Asks for a stream; nothing is connected. */
export async function streamOf(
  connector: Connector,
  ipType: IpType = 'PRIVATE',
): Promise<DialStream> {
  const { stream } = await connector.getOptions({ instanceUri: INSTANCE_URI, ipType });
  return stream() as DialStream;
}

/** Connects and ends the connection; rejects with what the stream emits instead. */
export async function dialOnce(connector: Connector, ipType: IpType = 'PRIVATE'): Promise<void> {
  const stream = await streamOf(connector, ipType);
  stream.connect();
  await once(stream, 'connect');
  stream.destroy();
}
