import type { Publisher, PubsubMessage } from './publish.ts';

/** Calls under way at a time: more would only open more connections. */
const MOST_CALLS = 4;

const MOST_MESSAGES = 100;

/** Pub/Sub takes 10 MB in one call, and base64 makes a third more of a message. One alone may have more. */
const MOST_BYTES = 4_000_000;

interface Waiting {
  readonly message: PubsubMessage;
  readonly resolve: (id: string) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Publishes each message at once while few calls are under way, and what arrives meanwhile together in the next one: a
 * burst costs few calls, and nobody waits for others when there is none.
 */
export function publishTogether({
  publishAll,
}: {
  readonly publishAll: (messages: readonly PubsubMessage[]) => Promise<readonly string[]>;
}): Pick<Publisher, 'publish'> {
  const waiting: Waiting[] = [];
  let calls = 0;

  async function callWith(batch: readonly Waiting[]): Promise<void> {
    calls += 1;
    try {
      const ids = await publishAll(batch.map(({ message }) => message));
      for (const [index, { resolve }] of batch.entries()) resolve(ids[index] ?? '');
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      calls -= 1;
      begin();
    }
  }

  function begin(): void {
    while (calls < MOST_CALLS && waiting.length > 0)
      void callWith(waiting.splice(0, fitting(waiting)));
  }

  return {
    publish: (message) =>
      new Promise((resolve, reject) => {
        waiting.push({ message, resolve, reject });
        begin();
      }),
  };
}

/** How many of those that wait longest go together. */
function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0;
  const beyond = waiting.findIndex(({ message }, index) => {
    bytes += message.data.length;
    return index > 0 && (bytes > MOST_BYTES || index >= MOST_MESSAGES);
  });
  return beyond < 0 ? waiting.length : beyond;
}
