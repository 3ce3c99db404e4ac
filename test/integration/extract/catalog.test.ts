import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import type { GitlabClient } from '../../../functions/engine/extract/client.ts';
import { probe } from '../../../functions/engine/extract/identity.ts';
import type { DestinationReader } from '../../../functions/engine/extract/ports.ts';
import { LoaderError } from '../../../functions/engine/model/errors.ts';
import { partitionKey } from '../../../functions/engine/model/ids.ts';
import type { JsonObject } from '../../../functions/engine/model/json.ts';
import {
  type Binding,
  type Family,
  type ResourceSpec,
  scopeOf,
} from '../../../functions/engine/model/resource.ts';
import { type SimulatedGitlab, startGitlab } from '../../support/gitlab/server.ts';
import { taskOf } from '../../unit/extract/task.ts';
import { openTestClient } from './testClient.ts';
import { EMPTY_DESTINATION, portsTo, readWithRestarts } from './testPorts.ts';

const DICTIONARY_TABLES = [['main', 'users']] as const;
const EMAILS = ['root@example.com', 'nobody@example.com'];

/** Rows by resource and partition, as a load would leave them. */
type Loaded = Map<string, readonly JsonObject[]>;

let gitlab: SimulatedGitlab;

beforeAll(async () => {
  gitlab = await startGitlab({ seed: 3, projects: 6, jobs: 700, branches: 250, alerts: 120 });
});

afterAll(async () => {
  await gitlab.close();
});

/** Reads every scheduled resource in every partition, one page per invocation. */
async function loadAll(client: GitlabClient): Promise<Loaded> {
  const loaded: Loaded = new Map();
  const families: readonly Family[] = Object.values(catalog);
  const resources = families.flatMap((family) => Object.values(family.resources));
  for (const resource of resources.filter(({ on }) => on === 'schedule')) {
    for (const id of partitionsOf(resource, loaded)) {
      loaded.set(`${resource.id} ${id}`, await loadPartition(client, { resource, id, loaded }));
    }
  }
  return loaded;
}

function partitionsOf(resource: ResourceSpec, loaded: Loaded): readonly string[] {
  const scope = scopeOf(resource);
  if (scope === 'instance') return [''];
  return (loaded.get(`${scope}s `) ?? []).map(({ id }) => String(id as number));
}

interface Partition {
  readonly resource: ResourceSpec;
  readonly id: string;
  readonly loaded: Loaded;
}

async function loadPartition(
  client: GitlabClient,
  partition: Partition,
): Promise<readonly JsonObject[]> {
  const { resource, id } = partition;
  const ports = portsTo(gitlab.url, {
    client,
    isAdmin: true,
    destination: destinationOf(partition),
    settings: { dictionaryTables: DICTIONARY_TABLES, overlapMinutes: 10 },
  });
  try {
    const pages = await readWithRestarts(taskOf(resource, { partition: partitionKey(id) }), ports);
    return pages.flatMap(({ records, columns }) =>
      records.map((record) => ({ ...columns, ...record })),
    );
  } catch (error) {
    if (error instanceof LoaderError && error.code === 'E_GITLAB_FORBIDDEN') return [];
    throw error;
  }
}

function destinationOf(partition: Partition): DestinationReader {
  return {
    ...EMPTY_DESTINATION,
    async *targets({ token }) {
      await Promise.resolve();
      for (const [name, binding] of Object.entries(partition.resource.bind)) {
        const values = storedValues(binding, partition);
        const finished = values.findIndex((value) => value === token?.after?.[name]);
        yield* values.slice(finished + 1).map((value) => ({ target: { [name]: value } }));
      }
    },
  };
}

function storedValues(binding: Binding, { id, loaded }: Partition): readonly (string | number)[] {
  switch (binding.from) {
    case 'full-path':
      return [fullPathOf(id, loaded)];
    case 'known':
      return EMAILS;
    case 'parent': {
      const stored = loaded.get(`${binding.resource} ${id}`) ?? [];
      return stored.map((row) => Number(row[binding.field])).sort((left, right) => left - right);
    }
    case 'each':
    case 'setting':
    case 'values':
      return [];
  }
}

function fullPathOf(id: string, loaded: Loaded): string {
  const project = loaded.get('projects ')?.find((row) => Number(row['id']) === Number(id));
  return project?.['path_with_namespace'] as string;
}

/** The keys of all rows of one resource, sorted, each once. */
function keysOf(loaded: Loaded, { id, primaryKey }: ResourceSpec): readonly string[] {
  const keys = [...loaded]
    .filter(([name]) => name.startsWith(`${id} `))
    .flatMap(([, rows]) => rows.map((row) => keyOf(row, primaryKey)));
  return [...new Set(keys)].sort();
}

function keyOf(row: Readonly<Record<string, unknown>>, primaryKey: readonly string[]): string {
  return primaryKey.map((name) => String(row[name])).join(' ');
}

const tables: readonly ResourceSpec[] = [
  catalog.instance.resources.metadata,
  catalog.instance.resources.broadcast_messages,
  catalog.instance.resources.applications,
  catalog.instance.resources.plan_limits,
  catalog.admin.resources.batched_background_migrations,
  catalog.admin.resources.ci_variables,
  catalog.groups.resources.groups,
  catalog.projects.resources.projects,
  catalog.users.resources.users,
  catalog.branches.resources.branches,
  catalog.jobs.resources.jobs,
  catalog.alerts.resources.alerts,
  catalog.alerts.resources.metric_images,
  catalog.bulk_imports.resources.bulk_imports,
  catalog.bulk_imports.resources.bulk_import_entities,
];

function truthOf({ table, primaryKey }: ResourceSpec): readonly string[] {
  const rows = gitlab.truth('admin')[table] ?? [];
  return [...new Set(rows.map(({ key }) => keyOf(key, primaryKey)))].sort();
}

function expectAll(loaded: Loaded): void {
  for (const resource of tables) {
    expect([resource.id, keysOf(loaded, resource)]).toEqual([resource.id, truthOf(resource)]);
  }
}

/** Fails the first and then every fifth request, in turns: a status, a reset, half a body. */
function failOneInFive(): void {
  const kinds = [{ status: 500 }, 'reset', 'truncate', { status: 429 }] as const;
  let requests = 0;
  for (const [index, respond] of kinds.entries()) {
    gitlab.faults.add({
      match: () => {
        if (index === 0) requests += 1;
        return requests % 5 === 1 && ((requests - 1) / 5) % kinds.length === index;
      },
      respond,
    });
  }
}

describe('every resource of the catalogue', () => {
  test('is read whole from the simulated GitLab, one page per invocation', async () => {
    const { client } = openTestClient(gitlab.url, { token: () => gitlab.adminToken });

    expectAll(await loadAll(client));
  });

  test('is read whole when one request in five fails', async () => {
    const { client, waits } = openTestClient(gitlab.url, { token: () => gitlab.adminToken });
    failOneInFive();

    const loaded = await loadAll(client);
    gitlab.faults.clear();

    expectAll(loaded);
    expect(waits.length).toBeGreaterThan(20);
  });

  test('knows the administrator', async () => {
    const { client } = openTestClient(gitlab.url, { token: () => gitlab.adminToken });

    expect(await probe(client)).toMatchObject({ isAdmin: true });
  });
});
