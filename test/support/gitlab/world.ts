import { randomOf } from './random.ts';
import { makeStock } from './shelves/stacks.ts';
import { DAY } from './time.ts';
import { makeAlerts } from './world/alerts.ts';
import { fillBranches } from './world/branches.ts';
import { makeBulkImports } from './world/bulkImports.ts';
import { GROUP_PLANS, makeGroups } from './world/groups.ts';
import { makeInstance } from './world/instance.ts';
import { fillJobs } from './world/jobs.ts';
import type { Group, Project, Token, Who, World, WorldOptions, WorldSize } from './world/model.ts';
import { projectPlan } from './world/projectPlans.ts';
import { makeProjects } from './world/projects.ts';
import { ADMIN_USER, makeUsers, MEMBER_USER } from './world/users.ts';

const NOW = Date.UTC(2026, 9, 30, 12);
const WEB_URL = 'https://gitlab.acme.example';
const DEFAULT_SIZE: WorldSize = {
  seed: 1,
  projects: 40,
  jobs: 5000,
  branches: 800,
  users: 60,
  alerts: 130,
  rows: {},
};
const SCOPES: Readonly<Record<Who, readonly string[]>> = {
  admin: ['read_api', 'admin_mode'],
  member: ['read_api'],
  narrow: ['read_user'],
};

/** The content of a small company's GitLab; equal options give equal worlds. */
export function makeWorld(options: WorldOptions = {}): World {
  const size = { ...DEFAULT_SIZE, ...options };
  const users = makeUsers(size, NOW);
  const people = [...users.values()];
  const beginning = { size, webUrl: WEB_URL, users: people, now: NOW };
  const groups = makeGroups(beginning);
  const bare = [...makeProjects(beginning, groups).values()];
  const alerts = makeAlerts(beginning, bare);
  const projects = bare.map((project) => ({ ...project, alerts: alerts.get(project.id) ?? [] }));
  const jobs = fillJobs(beginning, projects);
  fillBranches(size, projects);
  return {
    size,
    webUrl: WEB_URL,
    clock: { milliseconds: NOW, version: 0, nextJob: size.jobs, nextId: 900_000 },
    users,
    groups,
    projects: new Map(projects.map((project) => [project.id, project])),
    jobs,
    formerPaths: new Map(),
    tokens: makeTokens(size.seed),
    groupRoles: groupRoles(groups),
    projectRoles: projectRoles(projects),
    bulkImports: makeBulkImports(
      size,
      projects.map((project) => project.id),
      NOW,
    ),
    stock: makeStock({ project: projects.map(({ id }) => id), group: [...groups.keys()] }, NOW),
    instance: makeInstance(beginning),
    memo: new Map(),
  };
}

function makeTokens(seed: number): Map<string, Token> {
  const who: readonly Who[] = ['admin', 'member', 'narrow'];
  return new Map(
    who.map((name, index) => {
      const text = `glpat-${name}-${randomOf(seed, 'token', name).hex(20)}`;
      const userId = name === 'admin' ? ADMIN_USER : MEMBER_USER;
      const token: Token = {
        id: index + 41,
        text,
        who: name,
        userId,
        name: `${name} token`,
        scopes: SCOPES[name],
        state: 'active',
        createdAt: NOW - 10 * DAY,
        expiresAt: Date.UTC(2099, 0, 1),
      };
      return [text, token];
    }),
  );
}

function groupRoles(groups: ReadonlyMap<number, Group>): Map<number, number> {
  const ids = [...groups.keys()];
  return new Map(
    GROUP_PLANS.flatMap((plan, index) =>
      plan.role === undefined ? [] : [[ids[index] ?? 0, plan.role]],
    ),
  );
}

function projectRoles(projects: readonly Project[]): Map<number, number> {
  return new Map(
    projects.flatMap((project, index) => {
      const role = projectPlan(index).role;
      return role === undefined ? [] : [[project.id, role]];
    }),
  );
}
