import type { RunRequest } from './run.ts';

/**
 * Asks for another invocation that goes on where one had to stop. Nothing depends on it but speed: what is asked for
 * twice finds nothing to do, and what is lost is taken up by the next tick.
 */
export interface Waker {
  /** May reject; the run that asked is complete by then. */
  wake(continuation: RunRequest): Promise<void>;
}
