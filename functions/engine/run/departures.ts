import type { LimitFunction } from 'p-limit';

import { requireAccess } from '../extract/blocked.ts';
import { storedMembers } from '../load/lookups.ts';
import type { MemberStanding } from '../model/accessGap.ts';
import { LoaderError } from '../model/errors.ts';
import type { ResourceSpec } from '../model/resource.ts';
import { classifyGap } from '../plan/classifyGap.ts';
import { closeListedGaps, noteGap, openGaps } from '../state/accessGaps.ts';
import type { RunContext } from './context.ts';
import { targetSource } from './destination.ts';
import { standingOf } from './failureOf.ts';
import { isFatal } from './isFatal.ts';

/** Projects or groups that one invocation asks for because they have left the list: an empty list must not cost thousands. */
const MOST_ASKED = 100;

/**
 * Notes which projects or groups have left GitLab's list: each is asked for itself first, and one that still answers stays.
 * Those that the list shows again come back. Does nothing where the list was not read from its beginning to its end.
 */
export async function noteDepartures(
  context: RunContext,
  resource: ResourceSpec,
  slots: LimitFunction,
): Promise<void> {
  const listed = context.listed.get(resource.id);
  if (listed === undefined || !context.budget.allowsMore()) return;
  const members = await storedMembers(targetSource(context), resource);
  const missing = members
    .filter(({ id, path }) => context.scope.admits(path) && !listed.has(id))
    .map(({ id }) => id);
  const known = new Set(await openGaps(context.claims, resource.id));
  const asked = missing.filter((id) => !known.has(id)).slice(0, MOST_ASKED);
  const left = await Promise.all(asked.map((id) => slots(() => hasLeft(context, resource, id))));
  const gone = [...missing.filter((id) => known.has(id)), ...left.flat()];
  await closeListedGaps(context.claims, resource.id, gone);
}

/** The id when the project or group has left, and is noted; nothing when it answers or cannot be asked now. */
async function hasLeft(
  context: RunContext,
  resource: ResourceSpec,
  id: string,
): Promise<readonly string[]> {
  const { discovers } = resource;
  if (discovers === undefined) return [];
  try {
    const standing = await standingOf(context, { scope: discovers.scope, id });
    if (standing.status === 403) await requireAccess(context.client, context.budget.signal);
    return isAway(standing) ? await note(context, { resource, id, standing }) : [];
  } catch (error) {
    if (isFatal(error) || !(error instanceof LoaderError)) throw error;
    return [];
  }
}

/** One that is listed no more although it answers, e.g. after its token lost a membership, goes on being loaded. */
function isAway({ status, isPendingDeletion }: MemberStanding): boolean {
  return status === 404 || status === 403 || (status === 200 && isPendingDeletion);
}

interface Departure {
  readonly resource: ResourceSpec;
  readonly id: string;
  readonly standing: MemberStanding;
}

async function note(
  context: RunContext,
  { resource, id, standing }: Departure,
): Promise<readonly string[]> {
  const { status } = standing;
  const refusal = { status, message: '', path: resource.path, member: standing };
  const kind = classifyGap({ ...refusal, isAdmin: context.isAdmin });
  const gap = { resource: resource.id, partition: id, status, class: kind, message: '' };
  await noteGap(context.claims, gap);
  return [id];
}
