import { symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { type Database, openPool } from '../../functions/engine/sql/pool.ts';
import {
  type FakeAlloydb,
  INSTANCE_URI,
  knownPort,
  startFakeAlloydb,
} from '../../test/support/alloydb/fakeAlloydb.ts';
import { buildBundle, runCli } from '../../test/support/cli.ts';
import { type SimulatedGitlab, startGitlab } from '../../test/support/gitlab/server.ts';
import { type FakeGoogle, startFakeGoogle } from '../../test/support/google/fakeGoogle.ts';
import {
  findPubsubEmulator,
  type PubsubEmulator,
  startPubsubEmulator,
} from '../../test/support/google/pubsubEmulator.ts';
import { LOADER_ROLE, startScratchServer } from '../chaos/scratchServer.ts';
import { freePort } from '../local/freePort.ts';
import { RESOURCES } from './changes.ts';
import { type FunctionHost, hostFunction } from './functionHost.ts';
import type { SharedSecrets } from './webhook.ts';

/** Everything between a webhook and its row. */
export interface Site extends AsyncDisposable {
  readonly gitlab: SimulatedGitlab;
  readonly pubsub: PubsubEmulator;
  readonly receive: FunctionHost;
  readonly webhooks: FunctionHost;
  /** Connections of the onlooker, which do not go through the connector. */
  readonly database: Database;
  readonly alloydb: FakeAlloydb;
  readonly google: FakeGoogle;
  readonly shared: SharedSecrets;
}

/** Where `receive` publishes. */
export const TOPIC = 'projects/acme/topics/gitlab-events';

/** What pushes to `webhooks`. */
export const SUBSCRIPTION = 'projects/acme/subscriptions/gitlab-events';

const DEAD_TOPIC = 'projects/acme/topics/gitlab-dead-letters';

/** Holds what was given up. */
export const DEAD_LETTERS = 'projects/acme/subscriptions/gitlab-dead-letters';

const SECRETS = 'projects/acme/secrets';
const DATABASE = 'e2e';
const SHARED: SharedSecrets = {
  token: 'e2e-token-of-the-hook',
  signingSecret: `whsec_${Buffer.from('e2e signing key of the hook').toString('base64')}`,
};

/** Starts all of it, loads what GitLab has, and opens the way for events. Nothing is left when it is disposed of. */
export async function openSite(seed: number): Promise<Site> {
  const jar = findPubsubEmulator();
  if (jar === undefined)
    throw new LoaderError(
      'E_CONFIG',
      "The Pub/Sub emulator is not there; expected Java and gcloud's component 'pubsub-emulator'.",
    );
  const stack = new AsyncDisposableStack();
  try {
    return await build(stack, { seed, jar });
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface Plan {
  readonly seed: number;
  readonly jar: string;
}

async function build(stack: AsyncDisposableStack, { seed, jar }: Plan): Promise<Site> {
  const bundle = stack.use(buildBundle());
  const directory = dirname(bundle.program);
  symlinkSync(join(import.meta.dirname, '../../node_modules'), join(directory, 'node_modules'));
  const server = stack.use(await startScratchServer());
  await server.createDatabase(DATABASE);
  const loaderUrl = server.loaderUrl(DATABASE);
  const google = stack.use(await startFakeGoogle());
  const alloydb = stack.use(
    await startFakeAlloydb({ databaseUrl: loaderUrl, office: google.office, listen: knownPort() }),
  );
  const gitlab = await startGitlab({ seed, projects: 20, jobs: 400, branches: 20, users: 20 });
  stack.defer(() => gitlab.close());
  const pubsub = stack.use(await startPubsubEmulator(jar));
  const cloud = {
    google,
    alloydb,
    gitlab,
    pubsub,
    directory,
    password: new URL(loaderUrl).password,
  };
  fillSecrets(cloud);

  const environment = settingsOf(cloud);
  const { exitCode, stderr } = await runCli(bundle, ['run', ...resourceFlags()], environment);
  if (exitCode !== 0) throw new Error(`The first load has failed: ${stderr}`);

  const [receive, webhooks] = [
    stack.use(await host(directory, 'receive', receiverSettings(cloud))),
    stack.use(await host(directory, 'webhooks', environment)),
  ];
  await connect(pubsub, webhooks);
  const database = openPool({ url: server.adminUrl(DATABASE), applicationName: 'e2e', max: 3 });
  stack.defer(() => database.close());
  const own = stack.move();
  return {
    ...{ gitlab, pubsub, receive, webhooks, database, alloydb, google, shared: SHARED },
    [Symbol.asyncDispose]: () => own.disposeAsync(),
  };
}

interface Cloud {
  readonly google: FakeGoogle;
  readonly alloydb: FakeAlloydb;
  readonly gitlab: SimulatedGitlab;
  readonly pubsub: PubsubEmulator;
  readonly password: string;
}

function fillSecrets({ google: { secrets }, gitlab, password }: Cloud): void {
  secrets.add(`${SECRETS}/gitlab-token`, gitlab.adminToken);
  secrets.add(`${SECRETS}/database-password`, password);
  secrets.add(`${SECRETS}/hook-tokens`, SHARED.token);
  secrets.add(`${SECRETS}/hook-signing`, SHARED.signingSecret);
}

/** What Terraform sets for the functions that load; no secret is among it. */
function settingsOf({ google, alloydb, gitlab }: Cloud): Readonly<Record<string, string>> {
  return {
    ...google.environment,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_ALLOYDB: alloydb.api.url,
    GITLAB_BASE_URL: gitlab.url,
    GITLAB_TOKEN_SECRET: `${SECRETS}/gitlab-token`,
    ALLOYDB_INSTANCE: INSTANCE_URI,
    DB_USER: LOADER_ROLE,
    DB_NAME: DATABASE,
    DB_PASSWORD_SECRET: `${SECRETS}/database-password`,
  };
}

function receiverSettings({ google, pubsub }: Cloud): Readonly<Record<string, string>> {
  return {
    ...google.environment,
    PUBSUB_EMULATOR_HOST: pubsub.host,
    WEBHOOK_TOPIC: TOPIC,
    WEBHOOK_TOKENS_SECRET: `${SECRETS}/hook-tokens`,
    WEBHOOK_SIGNING_SECRETS_SECRET: `${SECRETS}/hook-signing`,
  };
}

function resourceFlags(): readonly string[] {
  return RESOURCES.flatMap((name) => ['--resource', name]);
}

async function host(
  directory: string,
  target: string,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionHost> {
  return hostFunction({ directory, target, port: await freePort(), environment });
}

async function connect(pubsub: PubsubEmulator, { url }: FunctionHost): Promise<void> {
  for (const topic of [TOPIC, DEAD_TOPIC]) await pubsub.createTopic(topic);
  await pubsub.createSubscription(SUBSCRIPTION, {
    topic: TOPIC,
    pushUrl: url,
    deadLetter: { topic: DEAD_TOPIC, maxDeliveryAttempts: 100 },
  });
  await pubsub.createSubscription(DEAD_LETTERS, { topic: DEAD_TOPIC });
}
