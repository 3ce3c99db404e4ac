import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { GitlabClient } from './client.ts';
import { wrongAnswer } from './failures.ts';
import { nextLinkQuery } from './pagination/nextLinkQuery.ts';
import { type GitlabResponse, pathOf } from './response.ts';

/** How a list is read. */
export interface ListOptions {
  readonly signal: AbortSignal;
  /** Statuses that mean that there is no such list. */
  readonly absent?: readonly number[];
  readonly mostPages?: number;
  readonly perPage?: number;
}

/** Reads the objects of a short list, page after page; undefined where there is none. */
export async function listObjects(
  client: Pick<GitlabClient, 'get'>,
  pathAndQuery: string,
  { signal, absent = [], mostPages = Infinity, perPage = 100 }: ListOptions,
): Promise<readonly JsonObject[] | undefined> {
  const found: JsonObject[] = [];
  const mark = pathAndQuery.includes('?') ? '&' : '?';
  let request: string | undefined = `${pathAndQuery}${mark}per_page=${perPage.toString()}`;
  for (let page = 0; request !== undefined && page < mostPages; page += 1) {
    const response = await client.get(request, { signal, sender: 'leader' });
    if (page === 0 && absent.includes(response.status)) return undefined;
    found.push(...objectsOf(response));
    const next = nextLinkQuery(response.headers['link']);
    request = next === undefined ? undefined : `${pathOf(pathAndQuery)}?${next}`;
  }
  return found;
}

function objectsOf({ status, json, request }: GitlabResponse): readonly JsonObject[] {
  if (status === 200 && Array.isArray(json))
    return (json as readonly unknown[]).filter(isJsonObject);
  throw wrongAnswer(request, `status ${status.toString()} instead of a list`, { status });
}
