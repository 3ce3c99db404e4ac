import { setTimeout as wait } from 'node:timers/promises';

import type { Publisher, PubsubMessage } from '../google/publish.ts';
import { ERRORS, LoaderError } from '../model/errors.ts';

/** What passes is tried again while GitLab waits, because GitLab itself sends nothing twice. */
const WAITS_MILLISECONDS = [100, 500];

/** Most time that may have gone by when a try begins: GitLab waits 10 s. */
const TRYING_MILLISECONDS = 4_000;

/** Publishes a message, in up to three tries. Throws what the last one threw. */
export async function publishWebhook(
  publisher: Pick<Publisher, 'publish'>,
  message: PubsubMessage,
  now: () => number,
): Promise<void> {
  const end = now() + TRYING_MILLISECONDS;
  for (const milliseconds of WAITS_MILLISECONDS) {
    try {
      await publisher.publish(message);
      return;
    } catch (error) {
      if (!isPassing(error) || now() > end) throw error;
      await wait(milliseconds);
    }
  }
  await publisher.publish(message);
}

function isPassing(error: unknown): boolean {
  return error instanceof LoaderError && ERRORS[error.code].kind === 'transient';
}
