import { askMember } from '../extract/askMember.ts';
import { requireAccess } from '../extract/blocked.ts';
import { GAP_CLASSES, type MemberStanding } from '../model/accessGap.ts';
import { type ErrorCode, type ErrorDetails, ERRORS, LoaderError } from '../model/errors.ts';
import type { PartitionTask } from '../model/position.ts';
import { type Scope, scopeOf } from '../model/resource.ts';
import { classifyGap } from '../plan/classifyGap.ts';
import { noteGap } from '../state/accessGaps.ts';
import type { Failure } from '../state/outcomes.ts';
import type { RunContext } from './context.ts';
import { isFatal } from './isFatal.ts';

/** A project or group by its numeric id. */
export interface Member {
  readonly scope: Scope;
  readonly id: string;
}

/** What is noted of a partition that failed. Throws when GitLab refuses everything: then nothing speaks against the partition. */
export async function failureOf(
  context: RunContext,
  task: PartitionTask,
  { code, message, details }: LoaderError,
): Promise<Failure> {
  if (code === 'E_GITLAB_FORBIDDEN') return refusalOf(context, task, { message, details });
  if (details['status'] === 403) await requireAccess(context.client, context.budget.signal);
  const retryAfterSeconds = details['retryAfterSeconds'];
  return {
    message,
    status: 'active',
    ...lasting(code),
    ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
  };
}

/** GitLab may grant tomorrow what it refuses today; what the loader or its settings cannot take lasts. */
function lasting(code: ErrorCode): Pick<Failure, 'lastingCode'> {
  return ERRORS[code].kind === 'transient' ? {} : { lastingCode: code };
}

async function refusalOf(
  context: RunContext,
  { resource, partition }: PartitionTask,
  { message, details }: { readonly message: string; readonly details: ErrorDetails },
): Promise<Failure> {
  const { status, path, words = '' } = details;
  const scope = scopeOf(resource);
  const member =
    scope === 'instance' ? undefined : await standingIfKnown(context, { scope, id: partition });
  const isOwnRefused = member === undefined ? status === 403 : member.status === 403;
  if (isOwnRefused) await requireAccess(context.client, context.budget.signal);
  const refused = { status: Number(status), message: String(words), path: String(path) };
  const kind = classifyGap({ ...refused, member, isAdmin: context.isAdmin });
  const { status: code, message: said } = refused;
  const gap = { resource: resource.id, partition, status: code, class: kind, message: said };
  await noteGap(context.claims, gap);
  const { restSeconds } = GAP_CLASSES[kind];
  return { message, status: 'inaccessible', ...(restSeconds === undefined ? {} : { restSeconds }) };
}

/** What a project or group says of itself; asked once in an invocation. */
export function standingOf(
  { client, standings, budget }: RunContext,
  member: Member,
): Promise<MemberStanding> {
  const key = `${member.scope} ${member.id}`;
  const known = standings.get(key) ?? askMember(client, member, budget.signal);
  standings.set(key, known);
  return known;
}

/** Undefined where the question failed for a reason of its own. */
async function standingIfKnown(
  context: RunContext,
  member: Member,
): Promise<MemberStanding | undefined> {
  try {
    return await standingOf(context, member);
  } catch (error) {
    if (isFatal(error)) throw error;
    return undefined;
  }
}

/** Asks ahead, side by side with the reading of others, what `failureOf` will want to know. */
export async function foreseeRefusal(
  context: RunContext,
  { resource, partition }: PartitionTask,
  error: unknown,
): Promise<void> {
  const scope = scopeOf(resource);
  if (!(error instanceof LoaderError) || error.code !== 'E_GITLAB_FORBIDDEN') return;
  if (scope !== 'instance')
    await standingOf(context, { scope, id: partition }).catch(() => undefined);
}
