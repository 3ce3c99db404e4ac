import {
  groupRole,
  projectRole,
  pushRight,
  ROLE,
  visibleGroups,
  visibleProjects,
} from './access.ts';
import { groupBadgeObjects, projectBadgeObjects } from './routes/badges.ts';
import { importsOf } from './routes/bulkImports.ts';
import { groupFor } from './routes/groups.ts';
import { avatarFor } from './routes/instance.ts';
import { projectFor } from './routes/projects.ts';
import { userFor } from './routes/users.ts';
import { shelfTables } from './shelves/shelfTables.ts';
import { byId, distinct, number, row, text, type Truth, type TruthRow } from './truthRows.ts';
import { branchObject } from './world/branches.ts';
import { commitOf } from './world/commits.ts';
import { DICTIONARY_TABLES, dictionaryTable } from './world/dictionary.ts';
import { listedMigrations } from './world/instance.ts';
import { jobObject } from './world/jobObject.ts';
import type { CustomAttribute, Project, World } from './world/model.ts';
import { accessRequester } from './world/ownership.ts';

/** Whose load the truth is about. */
export interface TruthOptions {
  readonly admin: boolean;
  /** Pairs of database and table that the load asks for; all known ones by default. */
  readonly dictionaryTables?: readonly (readonly [string, string])[];
  /** Shelves that the load was asked for, by their names; none by default. */
  readonly shelves?: 'all' | readonly string[];
}

type Loader = 'admin' | 'member';

/** The rows that a complete load by the administrator's or the member's token leaves behind. */
export function truth(
  world: World,
  { admin, dictionaryTables = DICTIONARY_TABLES, shelves = [] }: TruthOptions,
): Truth {
  const who: Loader = admin ? 'admin' : 'member';
  const tables = { ...sharedTables(world, who), ...projectTables(world, who) };
  return {
    ...tables,
    ...shelfTables(world, who, shelves),
    ...(admin ? adminTables(world, dictionaryTables) : emptyTables()),
    api_entities_custom_attribute: admin ? customAttributes(world) : [],
    api_entities_avatar: avatars(world, who),
  };
}

function sharedTables(world: World, who: Loader): Truth {
  const { instance } = world;
  const imports = importsOf(world, who);
  return {
    api_entities_metadata: [row({}, () => instance.metadata)],
    api_entities_broadcast_message: byId(instance.broadcastMessages),
    api_entities_bulk_import: byId(imports.map(({ source }) => source)),
    api_entities_bulk_imports: byId(imports.flatMap(({ entities }) => entities)),
    api_entities_user: [...world.users.values()].map((user) =>
      row({ id: user.id }, () => userFor(world, { who, attributes: 'with' }, user)),
    ),
    api_entities_group: visibleGroups(world, who).map((group) =>
      row({ id: group.id }, () => groupFor(world, { who, attributes: 'with' }, group)),
    ),
    api_entities_project: visibleProjects(world, who).map((project) =>
      row({ id: project.id }, () => projectFor(world, { who, attributes: 'with' }, project)),
    ),
    api_entities_access_requester: accessRequesters(world, who),
    api_entities_badge: badges(world, who, { project: 0, group: 0 }),
    api_entities_basic_badge_details: badgeDetailRows(world, who),
  };
}

function projectTables(world: World, who: Loader): Truth {
  const readable = projectsWith(world, who, ROLE.reporter);
  const alerts = projectsWith(world, who, ROLE.developer).flatMap((project) => project.alerts);
  return {
    api_entities_job: readable.flatMap((project) =>
      project.jobs.map((job) => row({ id: job.id }, () => jobObject(world, project, job))),
    ),
    api_entities_branch: readable.flatMap((project) => {
      const right = pushRight(world, who, project);
      return project.branches.map((branch) =>
        row({ project_id: project.id, name: branch.name }, () =>
          branchObject(world, project, { branch, right }),
        ),
      );
    }),
    api_entities_alert_management_alert: alerts.map((alert) =>
      row({ project_id: alert.projectId, iid: alert.iid }, () => alert.node),
    ),
    api_entities_metric_image: byId(alerts.flatMap(({ metricImages }) => metricImages)),
  };
}

function adminTables(world: World, pairs: readonly (readonly [string, string])[]): Truth {
  const { instance } = world;
  const migrations = (['main', 'ci'] as const).flatMap((database) =>
    listedMigrations(world, database).map((migration) =>
      row({ database, id: text(migration, 'id') }, () => migration),
    ),
  );
  const tables = pairs.flatMap(([database, table]) => {
    const entry = dictionaryTable(database, table);
    return entry === undefined
      ? []
      : [row({ database_name: database, table_name: table }, () => entry)];
  });
  return {
    api_entities_appearance: [row({}, () => instance.appearance)],
    api_entities_application: byId(instance.applications),
    api_entities_batched_background_migration: migrations,
    api_entities_ci_variable: instance.ciVariables.map((variable) =>
      row({ key: text(variable, 'key') }, () => variable),
    ),
    api_entities_cluster: byId(instance.clusters),
    api_entities_dictionary_table: tables,
    api_entities_plan_limit: [...instance.planLimits].map(([name, limits]) =>
      row({ plan_name: name }, () => limits),
    ),
  };
}

function emptyTables(): Truth {
  return {
    api_entities_appearance: [],
    api_entities_application: [],
    api_entities_batched_background_migration: [],
    api_entities_ci_variable: [],
    api_entities_cluster: [],
    api_entities_dictionary_table: [],
    api_entities_plan_limit: [],
  };
}

interface BadgeRoles {
  readonly project: number;
  readonly group: number;
}

const RENDERING: BadgeRoles = { project: ROLE.maintainer, group: ROLE.owner };

function badges(world: World, who: Loader, roles: BadgeRoles): readonly TruthRow[] {
  const ofGroups = visibleGroups(world, who)
    .filter((group) => groupRole(world, who, group) >= roles.group)
    .flatMap((group) =>
      groupBadgeObjects(world, group).map((badge) =>
        row({ group_id: group.id, id: number(badge, 'id') }, () => badge),
      ),
    );
  const ofProjects = projectsWith(world, who, roles.project).flatMap((project) =>
    projectBadgeObjects(world, project).map((badge) =>
      row({ project_id: project.id, id: number(badge, 'id') }, () => badge),
    ),
  );
  return [...ofGroups, ...ofProjects];
}

function badgeDetailRows(world: World, who: Loader): readonly TruthRow[] {
  const rendered = badges(world, who, RENDERING).map(({ key, source }) => {
    const owner = Object.entries(key).filter(([column]) => column !== 'id');
    const details = Object.entries(source).filter(([field]) => field !== 'id' && field !== 'kind');
    const addresses = { link_url: text(source, 'link_url'), image_url: text(source, 'image_url') };
    return {
      key: { ...Object.fromEntries(owner), ...addresses },
      source: { ...Object.fromEntries(details), name: null },
    };
  });
  return distinct(rendered);
}

function accessRequesters(world: World, who: Loader): readonly TruthRow[] {
  const reader = who === 'admin' ? 'admin' : 'other';
  const ofGroups = visibleGroups(world, who)
    .filter((group) => groupRole(world, who, group) >= ROLE.owner)
    .flatMap((group) =>
      group.accessRequests.map((request) =>
        row({ group_id: group.id, id: request.userId }, () =>
          accessRequester(world, request, reader),
        ),
      ),
    );
  const ofProjects = projectsWith(world, who, ROLE.maintainer).flatMap((project) =>
    project.accessRequests.map((request) =>
      row({ project_id: project.id, id: request.userId }, () =>
        accessRequester(world, request, reader),
      ),
    ),
  );
  return [...ofGroups, ...ofProjects];
}

function customAttributes(world: World): readonly TruthRow[] {
  const rows = (
    kind: string,
    owner: { readonly id: number; readonly customAttributes: readonly CustomAttribute[] },
  ): readonly TruthRow[] =>
    owner.customAttributes.map(({ key, value }) =>
      row({ owner_kind: kind, owner_id: owner.id, key }, () => ({ key, value })),
    );
  return [
    ...[...world.users.values()].flatMap((user) => rows('user', user)),
    ...[...world.groups.values()].flatMap((group) => rows('group', group)),
    ...[...world.projects.values()].flatMap((project) => rows('project', project)),
  ];
}

function avatars(world: World, who: Loader): readonly TruthRow[] {
  const emails = new Set<string>();
  for (const user of world.users.values()) {
    if (user.publicEmail !== null) emails.add(user.publicEmail);
    if (who === 'admin') emails.add(user.email);
  }
  for (const project of projectsWith(world, who, ROLE.reporter)) {
    for (const number of commitNumbers(project)) {
      for (const email of commitOf(world, project, number).emails) emails.add(email);
    }
  }
  emails.delete('');
  return [...emails].map((email) => row({ email }, () => avatarFor(world, email)));
}

function commitNumbers(project: Project): ReadonlySet<number> {
  const ofBranches = project.branches.map(({ commit }) => commit);
  return new Set([...project.jobs.map(({ pipeline }) => pipeline), ...ofBranches]);
}

function projectsWith(world: World, who: Loader, role: number): readonly Project[] {
  return visibleProjects(world, who).filter((project) => projectRole(world, who, project) >= role);
}
