/** How long a phase may take, who may end it early, and the error when its time is over. */
export interface Deadline {
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly late: () => Error;
}

/** Runs one phase; when its signal is aborted, its reason is thrown at once, whatever the work is waiting for. */
export async function withDeadline<T>(
  { milliseconds, signal, late }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const clock = new AbortController();
  const timer = setTimeout(() => {
    clock.abort(late());
  }, milliseconds);
  const either = AbortSignal.any([signal, clock.signal]);
  try {
    return await untilAborted(work(either), either);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits for work of others, or until the signal is aborted; then throws its reason and leaves the work alone. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work
      .finally(() => {
        signal.removeEventListener('abort', abort);
      })
      .then(resolve, (error: unknown) => {
        reject((signal.aborted ? signal.reason : error) as Error);
      });
  });
}
