import type { JsonObject } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { Page, SelectRecords } from '../model/page.ts';
import type { PartitionTask } from '../model/position.ts';
import { asListed } from './asListed.ts';
import type { GitlabClient } from './client.ts';
import { partitionTarget } from './countList.ts';
import { wrongAnswer } from './failures.ts';
import { restRecords } from './records.ts';
import { absentOrRefused, judge } from './status.ts';
import { keptColumns, queryFor } from './targets.ts';

/** How many single rows were not there, and a page of those that were; undefined where none was. */
export interface SingleRows {
  readonly page: Page | undefined;
  readonly absent: number;
}

/**
 * Reads rows by their own paths, one request for each, as one page that leaves the partition where it is. They are rows of one
 * list, whose partition names all that they keep.
 */
export async function readSingles(
  client: GitlabClient,
  task: PartitionTask,
  {
    paths,
    isAdmin,
    signal,
  }: { readonly paths: readonly string[]; readonly isAdmin: boolean; readonly signal: AbortSignal },
): Promise<SingleRows> {
  const { resource, partition } = task;
  const target = partitionTarget(resource, partition);
  const select: SelectRecords = (body) =>
    restRecords(undefined)(body).map((record) => asListed(resource, record));
  const texts: string[] = [];
  const records: JsonObject[] = [];
  for (const path of paths) {
    const response = await client.get(withAdminQuery(path, task, isAdmin), { signal });
    if (absentOrRefused(response)) continue;
    judge(response, {});
    if (!isJsonObject(response.json))
      throw wrongAnswer(response.request, 'something that is not an object');
    texts.push(response.text);
    records.push(asListed(resource, response.json));
  }
  const page: Page = {
    request: `GET ${paths[0] ?? ''}${paths.length > 1 ? ` and ${String(paths.length - 1)} more` : ''}`,
    text: `[${texts.join(',')}]`,
    records,
    select,
    columns: keptColumns(resource, target),
    position: { at: 'end', cursor: undefined },
  };
  return { page: records.length === 0 ? undefined : page, absent: paths.length - records.length };
}

/** What an administrator's list shows in addition. */
function withAdminQuery(path: string, { resource }: PartitionTask, isAdmin: boolean): string {
  if (!isAdmin) return path;
  const more = queryFor({ ...resource, query: {} }, {}, true).toString();
  if (more === '') return path;
  return `${path}${path.includes('?') ? '&' : '?'}${more}`;
}
