import type { Consumer } from './openConsumer.ts';

/** One consumer that is lent to event after event. */
export interface KeptConsumer {
  /**
   * Lends the consumer; opens one where there is none. After `replace` the next event opens another one; this one is closed
   * when the last event that has it is over.
   */
  use<T>(work: (consumer: Consumer, replace: () => void) => Promise<T>): Promise<T>;
  /** Closes the consumer when the last event that has it is over. */
  readonly close: () => Promise<void>;
}

interface Opened {
  readonly consumer: Promise<Consumer>;
  /** How many events have it. */
  lent: number;
}

/** Keeps what `open` gives; when that fails, the next event opens anew. */
export function keepConsumer(open: () => Promise<Consumer>): KeptConsumer {
  let kept: Opened | undefined;

  const drop = (opened: Opened): void => {
    if (kept === opened) kept = undefined;
  };
  const begin = (): Opened => {
    const opened: Opened = { consumer: open(), lent: 0 };
    opened.consumer.catch(() => {
      drop(opened);
    });
    return opened;
  };
  return {
    async use(work) {
      const opened = (kept ??= begin());
      opened.lent += 1;
      try {
        return await work(await opened.consumer, () => {
          drop(opened);
        });
      } finally {
        opened.lent -= 1;
        if (kept !== opened) await closeIdle(opened);
      }
    },
    close: async () => {
      const opened = kept;
      kept = undefined;
      if (opened !== undefined) await closeIdle(opened);
    },
  };
}

/** What could not be opened needs no closing. */
async function closeIdle({ consumer, lent }: Opened): Promise<void> {
  if (lent > 0) return;
  const opened = await consumer.catch(() => undefined);
  await opened?.close();
}
