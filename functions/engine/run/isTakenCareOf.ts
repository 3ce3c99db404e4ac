import { setTimeout as sleep } from 'node:timers/promises';

import { chooseResources } from '../plan/choose.ts';
import { parseResources } from '../plan/resources.ts';
import { isStateCurrent } from '../state/migrate.ts';
import { beginOpening, isOpening } from '../state/openings.ts';
import { isAllHeld } from './dueOf.ts';
import type { Connected } from './openRun.ts';

const POLL_MILLISECONDS = 50;

/**
 * Whether the same order was given at the same moment, as when a schedule fires twice, and its first run has claimed all
 * that is due. The others wait for that without asking GitLab for anything: each that opened as well would keep the first
 * one from its work. Who is to stay until everything is done does not look.
 */
export async function isTakenCareOf(connected: Connected): Promise<boolean> {
  if (connected.request.until !== 'once') return false;
  try {
    return await look(connected);
  } catch (error) {
    await connected.close();
    throw error;
  }
}

async function look(connected: Connected): Promise<boolean> {
  const { database, settings, request, runId, budget } = connected;
  const { dataset, leaseSeconds } = settings;
  if (!(await isStateCurrent(database, dataset))) return false;
  const resources = candidatesOf(connected);
  const order = { runId, request, resources: resources.map(({ id }) => id) };
  const { isFirst, at } = await beginOpening(database, dataset, order);
  if (isFirst) return false;
  while (budget.allowsMore() && (await isOpening(database, dataset, order)))
    await sleep(POLL_MILLISECONDS, undefined, { signal: budget.signal }).catch(() => undefined);
  const claims = { database, dataset, runId, leaseSeconds };
  return isAllHeld({ claims, request, settings, asOf: request.asOf ?? at }, resources);
}

/** What the order may take; parents that were never loaded and rights of the token are the first run's business. */
function candidatesOf({ catalog, request, settings }: Connected) {
  const every = Object.values(catalog).flatMap(({ resources }) => Object.keys(resources));
  return chooseResources(catalog, request, {
    ...{ isAdmin: true, complete: new Set(every) },
    filter: parseResources(settings.resources),
  }).resources;
}
