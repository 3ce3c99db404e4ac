import { randomUUID } from 'node:crypto';

import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { Settings } from '../../functions/engine/config/settings.ts';
import type { RunReport, RunRequest } from '../../functions/engine/model/run.ts';
import { parseResources, requireKnownGlobs } from '../../functions/engine/plan/resources.ts';
import { exitCodeOfReport } from '../../functions/engine/run/exitCode.ts';
import { openWaker } from '../../functions/engine/run/openWaker.ts';
import { run } from '../../functions/engine/run/run.ts';
import { runUntilDone } from '../../functions/engine/run/untilDone.ts';
import { openRenderer } from '../render/renderer.ts';
import { tellFailures } from './failure.ts';
import { type CommandContext, type Environment, isForPeople } from './terminal.ts';

/** What a person may choose. */
export interface RunOptions {
  readonly family?: readonly string[];
  readonly resource?: readonly string[];
  readonly partition?: string;
  readonly full?: true;
  readonly all?: true;
}

/** Collects the values of an option that may be repeated. */
export const gather = (value: string, list: readonly string[] = []): readonly string[] => [
  ...list,
  value,
];

/** `run`: loads what is due and ends with the run report. */
export function addRunCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('run')
    .description('load what is due')
    .option('--family <name>', 'only this family; may be repeated', gather)
    .option('--resource <name>', 'only this resource; may be repeated', gather)
    .option('--partition <key>', 'only this project or group, by its numeric id')
    .option('--full', 'read everything again, without cursors')
    .option('--all', 'keep going until nothing is due')
    .action((options: RunOptions) =>
      withSettings(async (environment) => {
        const report = await runOnce(environment, requestOf(options), signal);
        if (!isForPeople(environment)) tellFailures(report);
        return exitCodeOfReport(report);
      }),
    );
}

/** The settings of an environment; who names families or resources means just these, whatever RESOURCES says. */
export async function settingsFor(
  environment: Environment,
  request: RunRequest,
): Promise<Settings> {
  const settings = await loadSettings(environment);
  requireKnownGlobs(parseResources(settings.resources), catalog);
  const isNamed = request.families !== undefined || request.resources !== undefined;
  return isNamed ? { ...settings, resources: '' } : settings;
}

/** Runs with the settings of an environment and shows what happens. */
export async function runOnce(
  environment: Environment,
  request: RunRequest,
  signal: AbortSignal,
): Promise<RunReport> {
  const settings = await settingsFor(environment, request);
  const renderer = await openRenderer(environment);
  const entrance = {
    ...{ settings, catalog, signal, report: renderer.report },
    ...{ now: Date.now, random: Math.random, uuid: randomUUID },
  };
  try {
    if (goesOnItself(settings, request)) return await runUntilDone(entrance, request);
    const waker = openWaker(settings, { environment, catalog, goOn: () => undefined });
    return await run({ ...entrance, ...(waker && { waker }) }, request);
  } finally {
    renderer.close();
  }
}

/** Whoever sets a time wants the command to end by then, unless the process is said to go on. */
function goesOnItself(
  { continuation, timeBudgetSeconds }: Settings,
  { until }: RunRequest,
): boolean {
  return continuation.by === 'process' || (until === 'done' && timeBudgetSeconds === 0);
}

/** The order that a person gives: everything scheduled, incrementally, as of now. */
export function requestOf({ family, resource, partition, full, all }: RunOptions): RunRequest {
  return {
    trigger: 'manual',
    ...(family === undefined ? {} : { families: family }),
    ...(resource === undefined ? {} : { resources: resource }),
    ...(partition === undefined ? {} : { partition }),
    mode: full === true ? 'full' : 'incremental',
    until: all === true ? 'done' : 'once',
  };
}
