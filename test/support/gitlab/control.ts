import type { Answer } from './application.ts';
import type { FaultAction, Faults } from './faults.ts';
import type { Json } from './json.ts';
import type { RequestLog } from './record.ts';
import { json, refuse } from './reply.ts';
import type { Truth, TruthRow } from './truthRows.ts';
import { isUnfinished } from './world/jobObject.ts';
import { existing, type World } from './world/model.ts';
import { finishJob, insertJob } from './world/mutations.ts';

/** What the control endpoints steer. */
export interface Controlled {
  readonly world: World;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly truth: (
    who: 'admin' | 'member',
    options: { readonly shelves: readonly string[] },
  ) => Truth;
}

/** A request to a control endpoint. */
export interface ControlRequest {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

/** A fault as JSON can say it: the path is the source of a regular expression. */
interface WrittenFault {
  readonly method?: string;
  readonly path?: string;
  readonly times?: number;
  readonly after?: number;
  readonly respond: Exclude<FaultAction, { readonly run: () => void }>;
}

/** Answers the control endpoints of a simulated GitLab that runs as a process of its own. */
export function answerControl(gitlab: Controlled, request: ControlRequest): Answer {
  const url = new URL(request.url, 'http://localhost');
  return { ...control(gitlab, request, url), token: 'none' };
}

function control(gitlab: Controlled, request: ControlRequest, url: URL): ReturnType<typeof json> {
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /__truth':
      return json(
        truthJson(
          gitlab.truth(url.searchParams.get('who') === 'member' ? 'member' : 'admin', {
            shelves: url.searchParams.get('shelves')?.split(',') ?? [],
          }),
          url.searchParams.get('tables'),
        ),
      );
    case 'GET /__requests':
      return json({ total: gitlab.requests.total, bytes: gitlab.requests.bytes });
    case 'DELETE /__requests':
      gitlab.requests.clear();
      return json({ total: 0, bytes: 0 });
    case 'POST /__faults':
      addFault(gitlab.faults, JSON.parse(request.body) as WrittenFault);
      return json({ added: 1 });
    case 'DELETE /__faults':
      gitlab.faults.clear();
      return json({ added: 0 });
    case 'POST /__jobs':
      return json(changeJobs(gitlab.world, JSON.parse(request.body) as JobChange));
    default:
      return refuse(404, '404 Not Found').reply;
  }
}

interface JobChange {
  readonly projectId: number;
  readonly insert?: number;
  readonly status?: string;
  readonly finish?: number;
}

function changeJobs(
  world: World,
  { projectId, insert = 0, status = 'success', finish = 0 }: JobChange,
): Json {
  const unfinished = existing(world.projects, projectId).jobs.filter(isUnfinished).slice(0, finish);
  for (const { id } of unfinished) finishJob(world, id);
  const inserted = Array.from({ length: insert }, () => insertJob(world, projectId, status).id);
  return { finished: unfinished.map(({ id }) => id), inserted };
}

function addFault(faults: Faults, { method, path, respond, times, after }: WrittenFault): void {
  faults.add({
    match: {
      ...(method === undefined ? {} : { method }),
      ...(path === undefined ? {} : { path: new RegExp(path, 'u') }),
    },
    ...(times === undefined ? {} : { times }),
    ...(after === undefined ? {} : { after }),
    respond,
  });
}

function truthJson(tables: Truth, chosen: string | null): Json {
  const names = chosen === null ? Object.keys(tables) : chosen.split(',');
  const rows = (name: string): readonly TruthRow[] => tables[name] ?? [];
  return Object.fromEntries(
    names.map((name) => [name, rows(name).map(({ key, source }) => ({ key, source }))]),
  );
}
