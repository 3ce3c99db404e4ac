import { randomUUID } from 'node:crypto';

import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import type { Settings } from '../../functions/engine/config/settings.ts';
import { ERRORS } from '../../functions/engine/model/errors.ts';
import type { RunReport, RunRequest } from '../../functions/engine/model/run.ts';
import { parseResources, requireKnownGlobs } from '../../functions/engine/plan/resources.ts';
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
    // Whoever sets a time wants the command to end by then; else it goes on by itself.
    return request.until === 'done' && settings.timeBudgetSeconds === 0
      ? await runUntilDone(entrance, request)
      : await run(entrance, request);
  } finally {
    renderer.close();
  }
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

/** 0 nothing left to do, 75 more remains, 78 a person must correct something, else 1. */
export function exitCodeOfReport({ outcome, problems }: RunReport): number {
  if (outcome === 'done') return 0;
  if (outcome === 'suspended') return 75;
  const codes = problems.flatMap(({ code }) => (code === 'NOTICE' ? [] : [ERRORS[code].exitCode]));
  return codes.includes(78) ? 78 : 1;
}
