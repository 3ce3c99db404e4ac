import { setTimeout as sleep } from 'node:timers/promises';

import { ask } from './gitlab/ask.ts';
import type { FaultRule } from './gitlab/faults.ts';
import type { SimulatedGitlab } from './gitlab/server.ts';
import { JSON_TYPE } from './sweepBench.ts';

/** A door that a request of GitLab stands before until it is opened. */
export interface Door {
  /** Resolves when a request has come to it. */
  readonly reached: () => Promise<void>;
  readonly open: () => void;
}

/** Holds the next answer at a path back, and gives the one that GitLab would give now. */
export async function holdBack(gitlab: SimulatedGitlab, path: string, url: string): Promise<Door> {
  const { text } = await ask(gitlab, url);
  let open: () => void = () => undefined;
  const waitFor = new Promise<void>((resolve) => {
    open = resolve;
  });
  const match = (request: { readonly path: string }): boolean => request.path === path;
  const held: FaultRule = { match, times: 1, respond: { waitFor } };
  const old: FaultRule = {
    ...{ match, times: 1 },
    respond: { status: 200, headers: JSON_TYPE, body: text },
  };
  gitlab.faults.add(held, old);
  const reached = async (): Promise<void> => {
    while (gitlab.faults.struck(held) === 0) await sleep(5);
  };
  return { reached, open };
}
