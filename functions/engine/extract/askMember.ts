import type { MemberStanding } from '../model/accessGap.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { Scope } from '../model/resource.ts';
import type { GitlabClient } from './client.ts';
import { wrongAnswer } from './failures.ts';
import { isApiAnswer } from './response.ts';

const PAGES: Readonly<Record<Scope, (id: string) => string>> = {
  project: (id) => `/projects/${encodeURIComponent(id)}`,
  group: (id) => `/groups/${encodeURIComponent(id)}?with_projects=false`,
};
const DELETION_FIELDS = ['marked_for_deletion_on', 'marked_for_deletion_at'] as const;
const LEVEL = /^(\w+)_access_level$/;

/** Asks a project or group for itself: one request. Any refusal is an answer; what is not of the API is an error. */
export async function askMember(
  client: GitlabClient,
  { scope, id }: { readonly scope: Scope; readonly id: string },
  signal?: AbortSignal,
): Promise<MemberStanding> {
  const response = await client.get(PAGES[scope](id), { signal });
  const { status, json, request } = response;
  if (!isApiAnswer(response) || (status === 200 && !isJsonObject(json))) {
    throw wrongAnswer(request, `status ${String(status)} that is not of its API`, { status });
  }
  return standingOf(status, isJsonObject(json) && status === 200 ? json : {});
}

function standingOf(status: number, member: JsonObject): MemberStanding {
  const disabled = Object.entries(member).flatMap(([name, value]) => {
    const feature = LEVEL.exec(name)?.[1];
    return feature !== undefined && value === 'disabled' ? [feature] : [];
  });
  return {
    status,
    isArchived: member['archived'] === true,
    isPendingDeletion: DELETION_FIELDS.some((name) => typeof member[name] === 'string'),
    disabled: new Set(disabled),
  };
}
