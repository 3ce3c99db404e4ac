import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import pLimit from 'p-limit';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { output } from '../commands/terminal.ts';
import type { MutationTask } from './options.ts';
import { isInside } from './regions.ts';
import { type SqlMutant, sqlMutants } from './sqlMutants.ts';
import { type Around, testsAround, type TestsInTurn } from './testsAround.ts';

const ROOT = join(import.meta.dirname, '../..');
const SANDBOXES = join(ROOT, '.local/mutation-sql');
const COPIED = ['functions', 'scripts', 'test', 'package.json', 'vitest.mutation.config.ts'];
const MUTANTS_AT_ONCE = 2;
const LONGEST_MILLISECONDS = 120_000;

interface Job extends SqlMutant {
  readonly path: string;
}

/** Runs the tests of a group once for each change to a condition of its SQL; returns the share that they notice. */
export async function mutateSql(
  { group, regions }: MutationTask,
  mutants: readonly Around[],
): Promise<number> {
  const { sqlFiles, tests } = group;
  const jobs = sqlFiles
    .flatMap((path) =>
      sqlMutants(readFileSync(join(ROOT, path), 'utf8')).map((mutant) => ({ path, ...mutant })),
    )
    .filter((job) => regions === undefined || isInside(regions, job));
  if (jobs.length === 0) return 100;
  const free = Array.from({ length: MUTANTS_AT_ONCE }, (_, place) => sandbox(place));
  const slots = pLimit(MUTANTS_AT_ONCE);
  try {
    await Promise.all(free.map((folder) => expectPassing(folder, tests)));
    const survived = await Promise.all(
      jobs.map((job) =>
        slots(async () => {
          const folder = free.pop() ?? '';
          const outcome = await tryMutant(folder, job, testsAround(mutants, job, tests));
          free.push(folder);
          if (outcome === 'killed') return [];
          output.line(`[Survived] ${job.path}:${job.line.toString()} ${job.change}`);
          return [job];
        }),
      ),
    );
    const score = 100 * (1 - survived.flat().length / jobs.length);
    const killed = jobs.length - survived.flat().length;
    output.line(
      `SQL: ${killed.toString()} of ${jobs.length.toString()} killed, ${score.toFixed(2)} %`,
    );
    return score;
  } finally {
    rmSync(SANDBOXES, { recursive: true, force: true });
  }
}

/** A copy of the program whose sources may be changed. */
function sandbox(place: number): string {
  const folder = join(SANDBOXES, place.toString());
  // A run that was killed has left its own.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Tests that fail by themselves would seem to notice every change. */
async function expectPassing(folder: string, tests: readonly string[]): Promise<void> {
  if (await passes(folder, tests)) return;
  const command = `MUTATION_TESTS=${tests.join()} npx vitest run --config vitest.mutation.config.ts`;
  throw new LoaderError(
    'E_DEFECT',
    `The tests fail before anything is changed; '${command}' shows how.`,
  );
}

async function tryMutant(
  folder: string,
  { path, text }: Job,
  turns: TestsInTurn,
): Promise<'killed' | 'survived'> {
  const file = join(folder, path);
  const original = readFileSync(file, 'utf8');
  writeFileSync(file, text);
  try {
    for (const tests of turns) if (!(await passes(folder, tests))) return 'killed';
    return 'survived';
  } finally {
    writeFileSync(file, original);
  }
}

async function passes(folder: string, tests: readonly string[]): Promise<boolean> {
  const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
  const config = 'vitest.mutation.config.ts';
  const child = spawn(process.execPath, [vitest, 'run', '--bail', '1', '--config', config], {
    cwd: folder,
    env: { ...process.env, MUTATION_TESTS: tests.join() },
    stdio: 'ignore',
    timeout: LONGEST_MILLISECONDS,
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return code === 0;
}
