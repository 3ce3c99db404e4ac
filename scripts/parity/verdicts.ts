import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Database } from '../../functions/engine/sql/pool.ts';
import { differences } from './differences.ts';
import { explanation } from './explanation.ts';
import { compareRecorded } from './recorded.ts';
import { replay } from './replay.ts';
import { readScenarios, type Scenario, type ScenarioRun } from './scenario.ts';
import { dropDataset, readDataset } from './stored.ts';

/** How one scenario ended. */
export interface ScenarioVerdict {
  readonly scenario: string;
  readonly verdict: 'same' | 'on purpose' | 'differs';
  /** The reason, or what differs. */
  readonly details: string;
  readonly found: readonly string[];
}

/** A difference that we want: why, and what it is, word for word. */
interface Expectation {
  readonly reason: string;
  readonly differences: readonly string[];
}

const DATASET = 'parity_replay';

/**
 * Replays every scenario of a folder, one after the other, into scratch datasets of the database. What differs must be
 * what its expectation says; scenarios without one are judged by what they hold.
 */
export async function* compareScenarios(
  database: Database,
  { folder, expectations }: { readonly folder: string; readonly expectations: string },
): AsyncGenerator<ScenarioVerdict> {
  for (const scenario of readScenarios(folder)) {
    await dropDataset(database, DATASET);
    try {
      const found = await differencesOf(database, scenario);
      const expectation = readExpectation(expectations, scenario.name);
      yield expectation === undefined && found.length > 0
        ? await explained(database, scenario, found)
        : judge(scenario.name, found, expectation);
    } finally {
      await dropDataset(database, DATASET);
    }
  }
}

async function differencesOf(database: Database, scenario: Scenario): Promise<readonly string[]> {
  const found: string[] = [];
  for (const run of scenario.runs) {
    const inRun =
      run.requests === undefined
        ? await compareRun(database, run)
        : await compareRecorded(database, DATASET, { ...run, requests: run.requests });
    found.push(...inRun.map((difference) => `${run.name}: ${difference}`));
  }
  return found;
}

async function compareRun(database: Database, run: ScenarioRun): Promise<readonly string[]> {
  const outcome = await replay(database, DATASET, run);
  const stored = await readDataset(database, DATASET);
  const tables = differences(run.expected, stored, run.hints);
  if (outcome === 'loaded' || run.expected.outcome === 'failed') return tables;
  return [`failed: ${outcome.failed.replaceAll(/'\d{10}\.\d+'/g, "'…'")}`, ...tables];
}

/** On purpose where nothing differs once the causes that SPEC.md lists are taken out of the scenario. */
async function explained(
  database: Database,
  scenario: Scenario,
  found: readonly string[],
): Promise<ScenarioVerdict> {
  const reason = await explanation(database, DATASET, scenario);
  return reason === undefined
    ? { scenario: scenario.name, verdict: 'differs', details: found.join('; '), found }
    : { scenario: scenario.name, verdict: 'on purpose', details: reason, found };
}

function readExpectation(folder: string, scenario: string): Expectation | undefined {
  const file = join(folder, `${scenario}.json`);
  if (!existsSync(file)) return undefined;
  return JSON.parse(readFileSync(file, 'utf8')) as Expectation;
}

function judge(
  scenario: string,
  found: readonly string[],
  expectation: Expectation | undefined,
): ScenarioVerdict {
  const wanted = expectation?.differences ?? [];
  if (found.join('\n') !== wanted.join('\n')) {
    const details = found.length === 0 ? 'no longer, but an expectation says so' : found.join('; ');
    return { scenario, verdict: 'differs', details, found };
  }
  if (expectation === undefined) return { scenario, verdict: 'same', details: '', found };
  return { scenario, verdict: 'on purpose', details: expectation.reason, found };
}
