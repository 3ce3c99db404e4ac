import type { FaultAction, FaultRule } from '../../../test/support/gitlab/faults.ts';
import { type Fault, GOES_ON, type Site } from '../site.ts';

const API = /\/api\/(?:v4|graphql)/;
const REQUESTS = 40;

/** One process reads a GitLab that answers badly for some requests. */
async function load(
  { random, gitlab, start, struck }: Site,
  respond: FaultAction,
  most: number,
): Promise<void> {
  const rules = Array.from({ length: random.integer(1, 3) }, (): FaultRule => {
    const times = random.integer(1, most);
    return { match: { path: API }, respond, after: random.integer(0, REQUESTS), times };
  });
  gitlab.faults.add(...rules);
  await start().ended;
  const strikes = rules.reduce((sum, rule) => sum + gitlab.faults.struck(rule), 0);
  if (strikes > 0) struck(`${strikes.toString()} answers`);
}

function fault(catalogue: string, what: string, answer: readonly [FaultAction, number]): Fault {
  return { catalogue, what, mayEnd: GOES_ON, play: (site) => load(site, ...answer) };
}

const LIMITED = { status: 429, headers: { 'Retry-After': '1' }, body: 'Retry later' };

/** GitLab fails. */
export const serverErrors = fault('F23', 'GitLab answers 500', [{ status: 500 }, 2]);

/** GitLab asks to wait. */
export const rateLimit = fault('F22', 'GitLab answers 429 with Retry-After', [LIMITED, 1]);

/** GitLab hangs up. */
export const resetSockets = fault('F23', 'GitLab resets connections', ['reset', 2]);

/** GitLab sends half of an answer. */
export const truncatedBodies = fault('F23', 'GitLab sends half of a body', ['truncate', 2]);

/** GitLab takes its time. */
export const slowAnswers = fault('F25', 'GitLab takes 400 ms', [{ delayMilliseconds: 400 }, 6]);
