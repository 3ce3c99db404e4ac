import { randomUUID } from 'node:crypto';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import type { ResourceCompleteness } from '../../functions/engine/run/completeness.ts';
import { type Repair, repairGitlab } from '../../functions/engine/run/repairGitlab.ts';
import { verifyGitlab } from '../../functions/engine/run/verifyGitlab.ts';
import { describeCompleteness, describeRepair, isBroken } from '../render/describeCompleteness.ts';
import { type Environment, output } from './terminal.ts';

/** What a person may choose of the comparison with GitLab. */
export interface GitlabOptions {
  readonly gitlab?: true;
  readonly repair?: true;
  readonly resource?: readonly string[];
  readonly partition?: string;
  readonly requests?: string;
}

/** What was compared and repaired, and how many partitions still lack rows. */
export interface Compared {
  readonly incomplete: number;
  readonly completeness: readonly ResourceCompleteness[];
  readonly repairs: readonly Repair[];
}

const DEFAULT_REQUESTS = 2_000;

/** Compares the dataset with GitLab, and fetches what is missing where that is asked for. */
export async function compareGitlab(
  environment: Environment,
  options: GitlabOptions,
  { signal, isText }: { readonly signal: AbortSignal; readonly isText: boolean },
): Promise<Compared> {
  const settings = await loadSettings(environment);
  const entrance = {
    ...{ settings, catalog, signal, now: Date.now, random: Math.random, uuid: randomUUID },
    report: () => undefined,
  };
  const completeness =
    (await verifyGitlab(entrance, {
      ...{ resources: options.resource, partition: options.partition },
      requests: requestsOf(options.requests),
      report: (found) => {
        if (isText) output.text(describeCompleteness(found));
      },
    })) ?? [];
  const differences = completeness.flatMap((one) => one.differences);
  const broken = differences.filter(isBroken);
  if (options.repair === undefined) return { incomplete: broken.length, completeness, repairs: [] };
  const repairs = await repairGitlab(entrance, differences, (repair) => {
    if (isText) output.text(describeRepair(repair));
  });
  const unlisted = broken.filter(({ problem }) => problem !== undefined).length;
  const left = repairs.filter(({ missing }) => missing > 0).length;
  return { incomplete: unlisted + left, completeness, repairs };
}

function requestsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_REQUESTS;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new LoaderError('E_REQUEST', `--requests '${text}' is no whole number.`);
}
