import { type Random, randomOf } from '../random.ts';
import { DAY } from '../time.ts';
import { type Beginning, existing, type Group, type Project } from './model.ts';
import { makeAccessRequests, makeBadges } from './ownership.ts';
import { EMPTY_PROJECT, projectPlan } from './projectPlans.ts';

/** The company's projects without jobs and branches, ids ascending. */
export function makeProjects(
  beginning: Beginning,
  groups: ReadonlyMap<number, Group>,
): Map<number, Project> {
  const byPath = new Map([...groups.values()].map((group) => [group.fullPath, group]));
  const projects = new Map<number, Project>();
  for (let index = 0; index < beginning.size.projects; index += 1) {
    const plan = projectPlan(index);
    const place = { index, name: plan.name, group: existing(byPath, plan.group) };
    const project = makeProject(beginning, place);
    projects.set(project.id, project);
  }
  return projects;
}

interface Place {
  readonly index: number;
  readonly name: string;
  readonly group: Group;
}

function makeProject(beginning: Beginning, { index, name, group }: Place): Project {
  const { size, users, now } = beginning;
  const random = randomOf(size.seed, 'project', index);
  const requests = random.chance(0.3) ? random.integer(1, 3) : 0;
  const createdAt = now - (1300 - (index % 1000)) * DAY + random.integer(0, DAY / 2);
  return {
    id: 2001 + index * 13,
    groupId: group.id,
    name,
    path: slug(name, index),
    description:
      index % 4 === 1 ? null : `${name} for ${group.name} — “quoted”, tabs\tand a line\nbreak`,
    archived: group.path === 'archive',
    defaultBranch: defaultBranch(index),
    visibility: random.chance(0.2) ? 'internal' : 'private',
    createdAt,
    updatedAt: now - random.integer(1, 100) * DAY,
    lastActivityAt: now - random.integer(1, 90) * DAY,
    creatorId: random.pick(users).id,
    topics: random.chance(0.4) ? ['typescript', 'größe'] : [],
    customAttributes: projectAttributes(index, random),
    accessRequests: makeAccessRequests(beginning, random, requests),
    badges: makeBadges(
      size.seed,
      { kind: 'project', number: index },
      index % 9 === 1 ? 4 : random.integer(0, 2),
    ),
    alerts: [],
    jobs: [],
    pipelines: [],
    branches: [],
  };
}

function defaultBranch(index: number): string | null {
  if (index === EMPTY_PROJECT) return null;
  return index % 11 === 10 ? 'master' : 'main';
}

function projectAttributes(index: number, random: Random): Project['customAttributes'] {
  if (index % 3 !== 0) return [];
  const tier = { key: 'tier', value: random.pick(['gold', 'silver', 'bronze']) };
  return index % 6 === 0 ? [tier, { key: 'owner team', value: 'équipe 7' }] : [tier];
}

function slug(name: string, index: number): string {
  const ascii = name
    .normalize('NFD')
    .replaceAll('ß', 'ss')
    .replaceAll(/[^a-zA-Z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '')
    .toLowerCase();
  return ascii === '' ? `project-${String(index)}` : ascii;
}
