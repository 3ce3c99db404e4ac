import type { PagePorts } from './ports.ts';

/** Lets the requests of a scan through until its time is over. */
export interface RequestGate {
  /** Rejects what is asked while the gate is closed; requests under way go on. */
  readonly client: PagePorts['client'];
  /** Passes the pages on; the gate cannot close before the first of them. */
  watch<T>(pages: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined>;
  readonly isClosed: () => boolean;
}

/** The first page is always asked for: invocations that read nothing would follow one another for ever. */
export function openRequestGate({
  client,
  mayAsk = () => true,
}: Pick<PagePorts, 'client' | 'mayAsk'>): RequestGate {
  let hasPage = false;
  const isClosed = (): boolean => hasPage && !mayAsk();
  const refused = (): Promise<never> => Promise.reject(new Error('Time is over.'));
  return {
    isClosed,
    client: {
      get: (...request) => (isClosed() ? refused() : client.get(...request)),
      graphql: (...request) => (isClosed() ? refused() : client.graphql(...request)),
    },
    async *watch(pages) {
      for await (const page of pages) {
        hasPage = true;
        yield page;
      }
    },
  };
}
