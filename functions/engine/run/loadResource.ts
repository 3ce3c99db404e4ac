import type { LimitFunction } from 'p-limit';

import type { ResourceSpec } from '../model/resource.ts';
import type { RunContext } from './context.ts';
import { countLanded } from './countLanded.ts';
import { noteDepartures } from './departures.ts';
import { loadDue, type ResourceOutcome } from './loadDue.ts';
import { noticeTeller } from './noticeTeller.ts';
import { quarantineTeller } from './quarantineTeller.ts';
import { resourcePackager } from './resourcePackager.ts';
import { sweepDue } from './sweepDue.ts';
import { tellGaps } from './tellGaps.ts';

/** Loads the due partitions of one resource, `slots` of all resources at a time. */
export async function loadResource(
  context: RunContext,
  resource: ResourceSpec,
  slots: LimitFunction,
): Promise<ResourceOutcome> {
  const { report, tally } = context;
  report({ event: 'resource-started', resource: resource.id });
  const notices = noticeTeller(context, resource);
  const bad = quarantineTeller(context, resource);
  const packager = await resourcePackager(context, resource, { notices, bad });
  const loaded = await loadDue(context, resource, { packager, slots });
  await noteDepartures(context, resource, slots);
  await tellGaps(context, resource);
  const swept = await sweepDue(context, resource, slots);
  await countLanded(context, resource);
  const outcome = swept === 'suspended' ? swept : loaded;
  notices.tell();
  bad.tell();
  report({ event: 'resource-finished', resource: resource.id, ...tally.of(resource) });
  return outcome;
}
