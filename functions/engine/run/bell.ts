/** Tells one listener that something happened, also when it happened before the listener came. */
export interface Bell {
  ring(): void;
  /** Resolves at once when the bell rang since the last call, else when it rings. */
  rung(): Promise<void>;
}

/** A bell that has not rung yet. */
export function openBell(): Bell {
  let hasRung = false;
  let wake = (): void => undefined;
  return {
    ring: () => {
      hasRung = true;
      wake();
    },
    rung: async () => {
      if (!hasRung)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      hasRung = false;
    },
  };
}
