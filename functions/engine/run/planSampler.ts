import type { GitlabClient } from '../extract/client.ts';
import { type SampledPage, samplePage } from '../extract/sample.ts';
import type { Target } from '../model/position.ts';
import { type Binding, type ResourceSpec, type Scope, scopeOf } from '../model/resource.ts';
import type { ScopeFilter } from '../plan/scope.ts';
import type { Pace } from '../plan/total.ts';
import type { RunEntrance } from './openRun.ts';
import { discovererOf, type SampledMembers, sampledMembers } from './planMembers.ts';

/** Asks GitLab a few questions that stand for all. */
export interface Sampler {
  readonly members: Readonly<Record<Scope, number>>;
  /** The first pages of a resource in one or two partitions. */
  readonly sample: (resource: ResourceSpec) => Promise<readonly SampledPage[]>;
  /** What the answers so far have shown. */
  readonly pace: () => Omit<Pace, 'concurrency'>;
}

interface SamplerOptions extends Pick<RunEntrance, 'settings' | 'catalog' | 'signal' | 'now'> {
  readonly client: GitlabClient;
  readonly scope: ScopeFilter;
  readonly isAdmin: boolean;
}

/** Asks for the first page of projects and of groups, which say how many partitions there are. */
export async function openSampler(options: SamplerOptions): Promise<Sampler> {
  const ask = openAsking(options);
  const found = new Map<Scope, SampledMembers>();
  const pages = new Map<string, readonly SampledPage[]>();
  for (const scope of ['project', 'group'] as const) {
    const discoverer = discovererOf(options.catalog, scope);
    if (discoverer === undefined) continue;
    const page = await ask.page(discoverer, {});
    const members = sampledMembers(page, discoverer, options.scope);
    found.set(scope, members);
    pages.set(discoverer.id, page === undefined ? [] : [{ ...page, rows: members.count }]);
  }
  return {
    members: { project: found.get('project')?.count ?? 0, group: found.get('group')?.count ?? 0 },
    sample: async (resource) => {
      const known = pages.get(resource.id);
      if (known !== undefined) return known;
      const scope = scopeOf(resource);
      const members = scope === 'instance' ? [{}] : (found.get(scope)?.some ?? []);
      const asked: SampledPage[] = [];
      for (const member of members) {
        const page = await ask.page(resource, targetIn(resource, member, options));
        asked.push(page ?? REFUSED);
      }
      return asked;
    },
    pace: ask.pace,
  };
}

/** What is refused has no rows and takes one request. */
const REFUSED: SampledPage = {
  ...{ rows: 0, isAll: true, bytesPerRow: undefined, records: [], rateLimit: undefined },
};

/** The first of the values that a resource's parameters take in one partition. */
function targetIn(
  resource: ResourceSpec,
  member: Target,
  { settings }: Pick<RunEntrance, 'settings'>,
): Target {
  const entries = Object.entries(resource.bind).flatMap(([name, binding]) => {
    const value = firstValue(binding, member, settings);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}

function firstValue(
  binding: Binding,
  member: Target,
  { dictionaryTables }: Pick<RunEntrance['settings'], 'dictionaryTables'>,
): string | number | undefined {
  switch (binding.from) {
    case 'each':
      return member['id'];
    case 'full-path':
      return member['full_path'];
    case 'values':
      return binding.values[0];
    case 'setting':
      return dictionaryTables[0]?.[binding.part];
    case 'parent':
    case 'known':
      return undefined;
  }
}

function openAsking({ client, isAdmin, signal, now }: SamplerOptions) {
  let milliseconds = 0;
  let answers = 0;
  let requestsPerMinute: number | undefined;
  return {
    page: async (resource: ResourceSpec, target: Target): Promise<SampledPage | undefined> => {
      const askedAt = now();
      const page = await samplePage(client, resource, { target, isAdmin, signal });
      milliseconds += now() - askedAt;
      answers += 1;
      requestsPerMinute ??= page?.rateLimit?.limitPerMinute;
      return page;
    },
    pace: () => ({
      requestsPerMinute,
      millisecondsPerRequest: answers === 0 ? 0 : milliseconds / answers,
    }),
  };
}
