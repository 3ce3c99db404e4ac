import { statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

import { startFakeGoogle } from '../../test/support/google/fakeGoogle.ts';
import { startFakeTopic } from '../../test/support/webhooks/fakeTopic.ts';
import { freePort } from '../local/freePort.ts';
import { type Deployment, type FunctionStart, startFunction } from './functionStart.ts';
import { type BenchSite, openBenchSite } from './site.ts';

const TARGET = 'issues';
const WEBHOOK_TOKEN = 'benchmark';
const SECRETS = 'projects/acme/secrets';
const FILES = ['index.cjs', 'framework.cjs', 'google-auth.cjs', 'secret-manager.cjs'];
const MODULES = join(import.meta.dirname, '../../node_modules');
const COMMAND = join(MODULES, '@google-cloud/functions-framework/build/src/main.js');

/**
 * `bench cold-start [starts]`: a deployed function is started as the services of an image are, asked for its health, and then
 * for a run of one resource that finds nothing due, as a repeated tick does; `receive` is given a webhook instead. Prints
 * medians and minima of both, from the start of the process, with settings in the environment and with secrets in Secret
 * Manager; and beside them the same by the command of the framework, which a Cloud Function is started with.
 */
export async function benchColdStart([starts = '15']: readonly string[]): Promise<void> {
  await using site = await openBenchSite({ projects: 3, jobs: 10, branches: 5, users: 5 });
  await using google = await startFakeGoogle();
  await using topic = await startFakeTopic();
  const url = await site.createDatabase('cold');
  await site.run(url, ['run', '--family', TARGET]);
  symlinkSync(MODULES, join(site.dist, 'node_modules'));
  google.secrets.add(`${SECRETS}/token`, site.gitlab.adminToken);
  google.secrets.add(`${SECRETS}/database`, url);
  const settings = { GITLAB_TOKEN: site.gitlab.adminToken, DATABASE_URL: url };
  const secrets = {
    ...google.environment,
    GITLAB_TOKEN_SECRET: `${SECRETS}/token`,
    DATABASE_URL_SECRET: `${SECRETS}/database`,
  };
  google.secrets.add(`${SECRETS}/webhook`, WEBHOOK_TOKEN);
  const receiverSecret = { ...google.environment, WEBHOOK_TOKENS_SECRET: `${SECRETS}/webhook` };
  const cases = {
    settings: deployment(site, 'server.cjs', settings),
    'secret manager': deployment(site, 'server.cjs', secrets),
    'receive, secret manager': receiver(site, { ...topic.environment, ...receiverSecret }),
    'settings, by the command of the framework': deployment(site, COMMAND, settings),
  };
  const measured = await measure(Object.values(cases), Number(starts));
  Object.keys(cases).forEach((name, index) => tell(name, measured[index] ?? []));
  tellSizes(site);
}

function deployment(
  { dist, gitlab }: BenchSite,
  program: string,
  environment: Readonly<Record<string, string>>,
): Deployment {
  return {
    directory: dist,
    program,
    target: TARGET,
    environment: { GITLAB_BASE_URL: gitlab.url, ...environment },
    call: {
      body: JSON.stringify({ resources: [TARGET], asOf: new Date(0).toISOString() }),
      status: 200,
    },
  };
}

/** Its first answer but that to the health check needs the secret, and nothing of a database. */
function receiver({ dist }: BenchSite, environment: Readonly<Record<string, string>>): Deployment {
  return {
    ...{ directory: dist, program: 'server.cjs', target: 'receive', environment },
    call: {
      headers: { 'x-gitlab-token': WEBHOOK_TOKEN, 'x-gitlab-event': 'Issue Hook' },
      body: JSON.stringify({ object_kind: 'issue' }),
      status: 202,
    },
  };
}

/** By turns, so that what else the machine does meets all of them. The first start of each only warms it up. */
async function measure(
  deployments: readonly Deployment[],
  starts: number,
): Promise<readonly (readonly FunctionStart[])[]> {
  const measured = deployments.map((): FunctionStart[] => []);
  for (let round = 0; round <= starts; round += 1)
    for (const [index, one] of deployments.entries()) {
      const start = await startFunction(one, await freePort());
      if (round > 0) measured[index]?.push(start);
    }
  return measured;
}

function tell(name: string, starts: readonly FunctionStart[]): void {
  write({
    case: name,
    starts: starts.length,
    firstAnswer: spread(starts.map(({ firstAnswerMilliseconds }) => firstAnswerMilliseconds)),
    firstCall: spread(starts.map(({ firstCallMilliseconds }) => firstCallMilliseconds)),
    rssMegabytes: spread(starts.map(({ rssMegabytes }) => rssMegabytes ?? NaN)),
  });
}

function tellSizes({ dist }: BenchSite): void {
  const kilobytes = FILES.map((file) => [file, Math.round(statSync(join(dist, file)).size / 1000)]);
  write({ kilobytes: Object.fromEntries(kilobytes) as object });
}

function write(line: object): void {
  process.stdout.write(`${JSON.stringify({ benchmark: 'cold-start', ...line })}\n`);
}

function spread(values: readonly number[]): { readonly median: number; readonly min: number } {
  const sorted = values.toSorted((a, b) => a - b).map(Math.round);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, min: sorted[0] ?? 0 };
}
