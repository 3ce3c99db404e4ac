/**
 * Yields what `source` yields and keeps up to `ahead` further values under way while the consumer works.
 * A failure surfaces in its place, after the values before it. `stop` ends what is under way when the
 * consumer leaves.
 */
export async function* prefetch<T>(
  source: AsyncGenerator<T, void, undefined>,
  { ahead, stop }: { readonly ahead: number; readonly stop: () => void },
): AsyncGenerator<T, void, undefined> {
  const queue: Promise<IteratorResult<T, void>>[] = [];
  try {
    for (;;) {
      while (queue.length <= ahead) queue.push(quiet(source.next()));
      const result = await queue.shift();
      if (result === undefined || result.done === true) return;
      yield result.value;
    }
  } finally {
    stop();
    await Promise.allSettled(queue);
    await source.return();
  }
}

/** One value of a sequence, and whether the sequence ends with it. */
export interface Ahead<I, O> {
  readonly input: I;
  readonly isLastInput: boolean;
  readonly output: O;
}

/**
 * Yields the outputs of every input in the order of the inputs; the first output of up to `ahead` further
 * inputs is already under way meanwhile.
 */
export async function* concatAhead<I, O>(
  inputs: AsyncGenerator<I> | Generator<I>,
  open: (input: I) => AsyncGenerator<O, void, undefined>,
  ahead: number,
): AsyncGenerator<Ahead<I, O>, void, undefined> {
  const opened: { input: I; outputs: AsyncGenerator<O, void, undefined> }[] = [];
  let areAllOpen = false;
  try {
    for (;;) {
      while (!areAllOpen && opened.length <= ahead) {
        const next = await inputs.next();
        if (next.done === true) areAllOpen = true;
        else opened.push({ input: next.value, outputs: eager(open(next.value)) });
      }
      const current = opened[0];
      if (current === undefined) return;
      const isLastInput = areAllOpen && opened.length === 1;
      for await (const output of current.outputs)
        yield { input: current.input, isLastInput, output };
      opened.shift();
    }
  } finally {
    await Promise.allSettled(opened.map(({ outputs }) => outputs.return()));
    await inputs.return(undefined);
  }
}

/** A generator whose first value is asked for at once. */
function eager<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  const first = quiet(source.next());

  async function* replay(): AsyncGenerator<T, void, undefined> {
    try {
      const begun = await first;
      if (begun.done === true) return;
      yield begun.value;
      yield* source;
    } finally {
      await source.return();
    }
  }
  return replay();
}

/** Marks a failure as seen: it is thrown where the promise is awaited. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
