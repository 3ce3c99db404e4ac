import { insertRow } from '../../test/support/gitlab/shelves/mutations.ts';
import { makeWorld } from '../../test/support/gitlab/world.ts';
import { type BenchSite, openBenchSite } from './site.ts';

const CHANGED = 10;
/** The whole catalogue, as somebody has it who sets nothing. */
const DEFAULTS = { RESOURCES: '', QUIET_HOURS: '' };

/**
 * `bench idle [projects]`: the whole catalogue of a GitLab in which nothing happens is loaded, then loaded again, and
 * once more after issues were opened in ten projects. Prints how many requests each takes.
 */
export async function benchIdle([projects = '1000']: readonly string[]): Promise<void> {
  const size = Number(projects);
  const world = makeWorld({ projects: size, jobs: size, branches: size, users: 60, alerts: 20 });
  // What changes from now on has changed after the first load.
  world.clock.milliseconds = Date.now();
  await using site = await openBenchSite({ world, now: Date.now });
  const url = await site.createDatabase('idle');
  const first = await requestsOf(site, url, ['run', '--all']);
  const idle = await requestsOf(site, url, ['run']);
  for (const id of [...world.projects.keys()].slice(0, CHANGED)) insertRow(world, 'issues', id);
  const afterChanges = await requestsOf(site, url, ['run']);
  process.stdout.write(
    `${JSON.stringify({
      benchmark: 'idle',
      projects: size,
      firstRequests: first,
      idleRequests: idle,
      changedProjects: CHANGED,
      requestsAfterChanges: afterChanges,
      requestsForEachChangedProject: (afterChanges - idle) / CHANGED,
    })}\n`,
  );
}

/** Throws when the command does not end well: its requests would say nothing. */
async function requestsOf(site: BenchSite, url: string, argv: readonly string[]): Promise<number> {
  const before = site.gitlab.requests.total;
  const { exitCode, stderr } = await site.run(url, argv, DEFAULTS);
  if (exitCode !== 0)
    throw new Error(`'${argv.join(' ')}' ended with ${String(exitCode)}: ${stderr}`);
  return site.gitlab.requests.total - before;
}
