import type { PagePorts } from './ports.ts';

/** Lets the requests of a scan through until its time is over. */
export interface RequestGate {
  /** Refuses what is asked while the gate is closed; requests under way go on. */
  readonly client: PagePorts['client'];
  /** Passes the pages on; the gate cannot close before the first of them. */
  watch<T>(pages: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined>;
  /** Whether a scan failed because of the gate alone. */
  isRefusal(error: unknown): boolean;
}

/** The first page is always asked for: invocations that read nothing would follow one another for ever. */
export function openRequestGate({
  client,
  mayAsk = () => true,
}: Pick<PagePorts, 'client' | 'mayAsk'>): RequestGate {
  const refusal = new Error('Time is over.');
  let hasPage = false;
  const isClosed = (): boolean => hasPage && !mayAsk();
  return {
    client: {
      get: (...request) => (isClosed() ? Promise.reject(refusal) : client.get(...request)),
      graphql: (...request) => (isClosed() ? Promise.reject(refusal) : client.graphql(...request)),
    },
    async *watch(pages) {
      for await (const page of pages) {
        hasPage = true;
        yield page;
      }
    },
    isRefusal: (error) => error === refusal,
  };
}
