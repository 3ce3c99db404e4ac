import { float, type JsonObject } from '../json.ts';
import { randomOf } from '../random.ts';
import { DAY, utc, zoned } from '../time.ts';
import type { Beginning, Instance, User, World } from './model.ts';
import { makePlanLimits } from './planLimits.ts';
import { avatarUrl } from './users.ts';

/** The version that the instance claims. */
export const GITLAB_VERSION = '18.5.1-ee';

/** Everything that belongs to the whole instance. */
export function makeInstance({ size, webUrl, users, now }: Beginning): Instance {
  return {
    appearance: makeAppearance(),
    applications: Array.from({ length: 4 }, (_, index) => makeApplication(size.seed, index)),
    metadata: makeMetadata(webUrl),
    planLimits: makePlanLimits(),
    migrations: {
      main: Array.from({ length: 26 }, (_, index) =>
        makeMigration(size.seed, { database: 'main', index, now }),
      ),
      ci: Array.from({ length: 8 }, (_, index) =>
        makeMigration(size.seed, { database: 'ci', index, now }),
      ),
    },
    ciVariables: Array.from({ length: 24 }, (_, index) => makeVariable(size.seed, index)),
    clusters: users
      .slice(0, 3)
      .map((user, index) => makeCluster(basicAccount(webUrl, user), index, now)),
    broadcastMessages: Array.from({ length: 5 }, (_, index) => makeMessage(index, now)),
  };
}

function makeAppearance(): JsonObject {
  return {
    title: 'Acme GitLab',
    description: 'Where Acme keeps its **code** 🐙',
    pwa_name: 'Acme GitLab',
    pwa_short_name: 'Acme',
    pwa_description: '',
    logo: '/uploads/-/system/appearance/logo/1/acme.png',
    pwa_icon: null,
    header_logo: null,
    favicon: null,
    new_project_guidelines: 'Ask the platform team for a name.',
    member_guidelines: '',
    profile_image_guidelines: '',
    header_message: 'Maintenance on Sunday',
    footer_message: '',
    message_background_color: '#e75e40',
    message_font_color: '#ffffff',
    email_header_and_footer_enabled: false,
  };
}

function makeMetadata(webUrl: string): JsonObject {
  const { host } = new URL(webUrl);
  return {
    version: GITLAB_VERSION,
    revision: '5e1c2b7f3a4',
    kas: {
      enabled: true,
      externalUrl: `wss://${host}/-/kubernetes-agent/`,
      externalK8sProxyUrl: `https://${host}/-/kubernetes-agent/k8s-proxy/`,
      version: '18.5.0',
    },
    enterprise: true,
  };
}

function makeApplication(seed: number, index: number): JsonObject {
  return {
    id: index + 1,
    application_id: randomOf(seed, 'application', index).hex(64),
    application_name: `Dashboard ${String(index)} 🔑`,
    callback_url: `https://dashboard${String(index)}.acme.example/callback\nhttps://localhost/callback`,
    confidential: index % 2 === 0,
  };
}

interface MigrationPlace {
  readonly database: 'main' | 'ci';
  readonly index: number;
  readonly now: number;
}

function makeMigration(seed: number, { database, index, now }: MigrationPlace): JsonObject {
  const random = randomOf(seed, 'migration', database, index);
  const status = index < 5 ? random.pick(['active', 'paused', 'failed']) : 'finished';
  return {
    id: String(1200 + index),
    job_class_name: random.pick([
      'CopyColumnUsingBackgroundMigrationJob',
      'BackfillProjectId',
      'DeleteOrphanedRows',
    ]),
    table_name: random.pick(
      database === 'ci' ? ['p_ci_builds', 'ci_runners'] : ['events', 'notes', 'users'],
    ),
    column_name: random.pick(['id', 'project_id', null]),
    status,
    progress: float(status === 'finished' ? 100 : random.integer(0, 199) / 2),
    created_at: zoned(now - (30 - index) * DAY, 120),
  };
}

function makeVariable(seed: number, index: number): JsonObject {
  const hidden = index % 12 === 7;
  return {
    variable_type: index % 6 === 5 ? 'file' : 'env_var',
    key: `DEPLOY_KEY_${String(index)}`,
    value: hidden ? null : `s3cr3t-${randomOf(seed, 'variable', index).hex(16)}`,
    hidden,
    protected: index % 3 === 0,
    masked: index % 2 === 0,
    raw: false,
    environment_scope: '*',
    description: index % 4 === 0 ? 'Rotated every month' : null,
  };
}

function makeCluster(user: JsonObject, index: number, now: number): JsonObject {
  const cloud = {
    cluster_id: index + 1,
    status_name: 'created',
    gcp_project_id: 'acme-prod',
    zone: 'europe-west1-b',
    machine_type: 'n1-standard-2',
    num_nodes: 3,
    endpoint: '192.0.2.7',
  };
  return {
    id: index + 1,
    name: `cluster-${String(index)}`,
    created_at: utc(now - (900 - index) * DAY),
    domain: index === 0 ? 'apps.acme.example' : null,
    enabled: true,
    managed: index !== 2,
    provider_type: index === 0 ? 'gcp' : 'user',
    platform_type: 'kubernetes',
    environment_scope: '*',
    cluster_type: 'instance_type',
    namespace_per_environment: true,
    user,
    platform_kubernetes: {
      api_url: `https://192.0.2.${String(index + 1)}`,
      namespace: index === 0 ? null : 'apps',
      authorization_type: 'rbac',
      ca_cert: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    },
    provider_gcp: index === 0 ? cloud : null,
    management_project: null,
  };
}

function basicAccount(webUrl: string, user: User): JsonObject {
  return {
    id: user.id,
    username: user.username,
    name: user.name,
    state: user.state,
    locked: false,
    avatar_url: avatarUrl(user.email),
    web_url: `${webUrl}/${user.username}`,
  };
}

function makeMessage(index: number, now: number): JsonObject {
  return {
    id: index + 1,
    message: `Deploy ${String(index)} in progress ⏳`,
    starts_at: utc(now - (5 - index) * DAY),
    ends_at: utc(now - (3 - index) * DAY),
    color: '#E75E40',
    font: '#FFFFFF',
    target_access_levels: index % 2 === 0 ? [10, 30] : [],
    target_path: index % 2 === 0 ? '*/welcome' : null,
    broadcast_type: index === 3 ? 'notification' : 'banner',
    theme: 'indigo',
    dismissable: index % 2 === 1,
    active: index > 2,
  };
}

/** The 20 newest migrations of a database: GitLab shows no more. */
export function listedMigrations(world: World, database: 'main' | 'ci'): readonly JsonObject[] {
  return world.instance.migrations[database].slice(-20).reverse();
}
