import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { catalog } from '../../functions/catalog.ts';
import { type Catalog, parentsOf } from '../../functions/engine/catalog/selection.ts';
import { output } from '../commands/terminal.ts';

const FILE = fileURLToPath(new URL('../../infra/families.json', import.meta.url));

/** How a family is deployed unless whoever deploys it says otherwise. */
export interface DeployedFamily {
  /** Families whose functions must be deployed too, because their rows name its partitions; parents of parents too. */
  readonly parents: readonly string[];
  readonly schedule: string;
  readonly memory: string;
  readonly timeoutSeconds: number;
  readonly budgetSeconds: number;
}

/** What a family's nature asks for: how often it is due, how much it holds in memory, how long one call may take. */
interface Pace {
  readonly everyMinutes: number;
  readonly memory: string;
  readonly timeoutSeconds: number;
}

const BUSY: Pace = { everyMinutes: 5, memory: '1Gi', timeoutSeconds: 1_800 };
const STEADY: Pace = { everyMinutes: 15, memory: '512Mi', timeoutSeconds: 1_800 };
const SLOW: Pace = { everyMinutes: 60, memory: '512Mi', timeoutSeconds: 900 };

/** Families that change by the minute or hardly ever; all others are steady. */
const PACES: Readonly<Record<string, Pace>> = {
  ...{ issues: BUSY, merge_requests: BUSY, jobs: BUSY, pipelines: BUSY, events: BUSY },
  ...{ instance: SLOW, admin: SLOW, namespaces: SLOW, users: SLOW, members: SLOW, badges: SLOW },
  ...{ access_requests: SLOW, bulk_imports: SLOW, variables: SLOW, credentials: SLOW },
  ...{ labels: SLOW, milestones: SLOW, runners: SLOW },
};

/** The platform waits at most 30 minutes for an answer; the rest of the time is for the last package. */
const BUDGET_SHARE = 0.8;

/** Every family of the catalogue as Terraform deploys it. */
export function deployedFamilies(families: Catalog): Readonly<Record<string, DeployedFamily>> {
  const ids = Object.keys(families).toSorted();
  return Object.fromEntries(
    ids.map((id, place) => {
      const { everyMinutes, memory, timeoutSeconds } = PACES[id] ?? STEADY;
      const budgetSeconds = timeoutSeconds * BUDGET_SHARE;
      const parents = [...ancestorsOf(id, families)].toSorted();
      const schedule = scheduleOf(everyMinutes, place);
      return [id, { parents, schedule, memory, timeoutSeconds, budgetSeconds }];
    }),
  );
}

/** Families of one pace begin at different minutes. */
function scheduleOf(everyMinutes: number, place: number): string {
  const first = (place * 7) % everyMinutes;
  return everyMinutes === 60
    ? `${first.toString()} * * * *`
    : `${first.toString()}-59/${everyMinutes.toString()} * * * *`;
}

function ancestorsOf(id: string, families: Catalog): ReadonlySet<string> {
  const found = new Set<string>();
  const rest = [id];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    const parents = Object.values(families[next]?.resources ?? {}).flatMap((resource) =>
      resource.on === 'demand' ? [] : parentsOf(resource, families),
    );
    for (const { family } of parents) {
      if (family === id || found.has(family)) continue;
      found.add(family);
      rest.push(family);
    }
  }
  return found;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const wanted = `${JSON.stringify(deployedFamilies(catalog), undefined, 2)}\n`;
  if (!process.argv.includes('--check')) {
    await writeFile(FILE, wanted);
  } else if ((await readFile(FILE, 'utf8').catch(() => '')) !== wanted) {
    output.error(
      'infra/families.json differs from functions/catalog.ts: run `npm run generate`.\n',
    );
    process.exitCode = 1;
  }
}
