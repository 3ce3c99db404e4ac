import type { ServerResponse } from 'node:http';

import { type Note, noteLine } from '../report/noteLine.ts';
import { type Answer, STOPPED } from './answer.ts';

/** A process that answers requests until the platform stops it. */
export interface Instance {
  /** Aborted when the platform wants the process to end. */
  readonly signal: AbortSignal;
  /** Does the work of a request; the process does not end before its answer was sent. */
  readonly during: (response: ServerResponse, work: () => Promise<void>) => Promise<void>;
  /** The process does not end before this work that no request waits for; it must not reject. */
  readonly outlast: (work: Promise<unknown>) => void;
}

/** What an instance tells the time by and where it writes lines. */
export interface InstanceSurroundings {
  readonly now: () => number;
  readonly write: (line: string) => void;
}

/** Cloud Run kills a process ten seconds after SIGTERM. */
const GRACE_MILLISECONDS = 8_000;

/**
 * Takes over, with the first request, what the framework would end the process for at once: with a signal, work is asked
 * to end in good order and is answered, then the process ends; a rejection that nobody awaited is told. Until
 * then nothing is at stake, and the framework ends an idle process.
 */
export function openInstance({ now, write }: InstanceSurroundings): Instance {
  const stopper = new AbortController();
  const open = new Set<ServerResponse>();
  const works = new Set<Promise<unknown>>();
  const tell = (note: Note): void => {
    write(noteLine(note, new Date(now())));
  };
  const leaveWhenIdle = (): void => {
    if (stopper.signal.aborted && open.size + works.size === 0) process.exit(0);
  };
  const stop = (name: string): void => {
    tell({ severity: 'NOTICE', message: `${name}: the process ends when its work is safe.` });
    stopper.abort(new Error('stopped by a signal'));
    setTimeout(() => {
      for (const response of open) send(response, STOPPED, stopper.signal);
      void Promise.all([...open].map(sent)).then(() => process.exit(0));
    }, GRACE_MILLISECONDS);
    leaveWhenIdle();
  };
  let isTaken = false;
  return {
    signal: stopper.signal,
    during: async (response, work) => {
      if (!isTaken) takeOver(stop, tell);
      isTaken = true;
      leaveDomain();
      open.add(response);
      try {
        await work();
        await sent(response);
      } finally {
        open.delete(response);
        leaveWhenIdle();
      }
    },
    outlast: (work) => {
      works.add(work);
      void work.finally(() => {
        works.delete(work);
        leaveWhenIdle();
      });
    },
  };
}

/** Sends an answer unless there is one already; its connection is not used again when the process ends. */
export function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  ending: AbortSignal,
): void {
  if (response.headersSent) return;
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    ...headers,
    ...(ending.aborted ? { connection: 'close' } : {}),
  });
  response.end(JSON.stringify(body));
}

function takeOver(stop: (name: string) => void, tell: (note: Note) => void): void {
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.removeAllListeners(name);
    // A second signal ends the process at once.
    process.once(name, () => {
      stop(name);
    });
  }
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', (error) => {
    tell({ severity: 'ERROR', message: 'A rejection was awaited by nobody.', error });
  });
}

/**
 * The framework calls functions in a domain, which answers 500 for whatever fails outside of what the function awaits
 * and prints it. What begins after this belongs to the process alone.
 */
function leaveDomain(): void {
  (process as { readonly domain?: { readonly exit: () => void } | null }).domain?.exit();
}

/** Resolves when the answer has left the process, or nobody waits for it any more. */
function sent(response: ServerResponse): Promise<void> {
  if (response.writableFinished || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    response.once('close', resolve);
  });
}
