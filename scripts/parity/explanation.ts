import type { Database } from '../../functions/engine/sql/pool.ts';
import type { Compared } from './compared.ts';
import { differences } from './differences.ts';
import { type Purpose, PURPOSES } from './purposes.ts';
import { replay } from './replay.ts';
import type { Scenario, ScenarioRun } from './scenario.ts';
import { sparedBy } from './sparedBy.ts';
import { dropDataset, readDataset } from './stored.ts';
import { withoutEmpty } from './views.ts';

/**
 * Replays a scenario without the causes that functions/engine/SPEC.md lists. What is the same then differs by these
 * alone: returns their reasons; undefined where something else differs too. After a run on which dlt fails and this
 * loader does not, their tables hold different records, so the comparison ends before it.
 */
export async function explanation(
  database: Database,
  dataset: string,
  { runs }: Scenario,
): Promise<string | undefined> {
  if (runs.some(({ requests }) => requests !== undefined)) return undefined;
  await dropDataset(database, dataset);
  const reasons = new Set<string>();
  let hasFailed = false;
  for (const run of runs) {
    hasFailed ||= run.expected.outcome === 'failed';
    const step = await explainRun({ database, dataset, hasFailed }, run);
    for (const reason of step.reasons) reasons.add(reason);
    if (step.end === 'unexplained') return undefined;
    if (step.end === 'incomparable') break;
  }
  return reasons.size === 0 ? undefined : [...reasons].join('; ');
}

const LEFT_BEHIND = 'SPEC 10: a load that fails may leave tables and columns with nothing in them';

interface Step {
  readonly reasons: readonly string[];
  /** `incomparable`: dlt failed and this loader did not. */
  readonly end: 'same' | 'unexplained' | 'incomparable';
}

interface Replaying {
  readonly database: Database;
  readonly dataset: string;
  /** dlt failed on this run or one before, as this loader did. */
  readonly hasFailed: boolean;
}

async function explainRun(
  { database, dataset, hasFailed }: Replaying,
  run: ScenarioRun,
): Promise<Step> {
  const { rewritten, causes } = withoutCauses(run);
  const outcome = await replay(database, dataset, rewritten);
  const { expected, hints } = rewritten;
  if (outcome === 'loaded' && expected.outcome === 'failed') return spared(run);
  if (outcome !== 'loaded' && expected.outcome === 'loaded')
    return { reasons: [], end: 'unexplained' };
  const stored = await readDataset(database, dataset);
  const whole: Compared = { expected, stored, hardDelete: hints.hardDelete };
  const { compared, effects } = withoutEffects(hasFailed ? withoutEmpty(whole) : whole, causes);
  const left = differences(compared.expected, compared.stored, hints);
  const reasons = [...causes, ...effects].map(reasonOf);
  if (hasFailed) reasons.push(LEFT_BEHIND);
  return { reasons, end: left.length === 0 ? 'same' : 'unexplained' };
}

function withoutCauses(run: ScenarioRun): {
  readonly rewritten: ScenarioRun;
  readonly causes: readonly Purpose[];
} {
  const causes: Purpose[] = [];
  let rewritten = run;
  for (const purpose of PURPOSES) {
    const next = purpose.rewritten?.(rewritten);
    if (next === undefined) continue;
    rewritten = next;
    causes.push(purpose);
  }
  return { rewritten, causes };
}

/** Effects are taken out where the cause was found, or where they are all that can be told of it. */
function withoutEffects(
  whole: Compared,
  causes: readonly Purpose[],
): { readonly compared: Compared; readonly effects: readonly Purpose[] } {
  const effects: Purpose[] = [];
  let compared = whole;
  for (const purpose of PURPOSES) {
    if (purpose.rewritten !== undefined && !causes.includes(purpose)) continue;
    const view = purpose.viewed?.(compared);
    if (view === undefined) continue;
    compared = view;
    effects.push(purpose);
  }
  return { compared, effects };
}

function spared({ name, expected }: ScenarioRun): Step {
  const entry = sparedBy(expected.error);
  if (entry === undefined) return { reasons: [], end: 'unexplained' };
  const reason = `SPEC ${entry.toString()}: dlt fails in ${name}, and this loader loads it`;
  return { reasons: [reason], end: 'incomparable' };
}

function reasonOf({ entry, reason }: Purpose): string {
  return `SPEC ${entry.toString()}: ${reason}`;
}
