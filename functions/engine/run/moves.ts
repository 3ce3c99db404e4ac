/** What is told of a move. */
export interface Traveller {
  /** Some seconds before the move. */
  readonly leave: () => void;
  readonly arrive: () => void;
}

/** Tells that the platform is about to move this process to another machine, and that it has. */
export interface Moves {
  /** Returns how to be told no more. */
  subscribe(traveller: Traveller): () => void;
}

/**
 * The moves that Cloud Run announces to jobs: SIGTSTP ten seconds before one, SIGCONT after it. Whoever subscribes
 * meanwhile is told at once. The process does not stop at SIGTSTP any more.
 */
export function signalledMoves(): Moves {
  const travellers = new Set<Traveller>();
  let isAway = false;
  process.on('SIGTSTP', () => {
    isAway = true;
    for (const { leave } of travellers) leave();
  });
  process.on('SIGCONT', () => {
    isAway = false;
    for (const { arrive } of travellers) arrive();
  });
  return {
    subscribe: (traveller) => {
      travellers.add(traveller);
      if (isAway) traveller.leave();
      return () => travellers.delete(traveller);
    },
  };
}
