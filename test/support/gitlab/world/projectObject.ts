import { float, type JsonObject } from '../json.ts';
import { DAY, utc } from '../time.ts';
import { existing, type Group, perObject, type Project, type World } from './model.ts';
import { projectPath } from './ownership.ts';

/** The project as lists and single requests show it, without what depends on the reader. */
export const projectObject = perObject((world: World, project: Project): JsonObject => {
  const group = existing(world.groups, project.groupId);
  const path = projectPath(world, project);
  return {
    id: project.id,
    description: project.description,
    name: project.name,
    name_with_namespace: `${group.fullName} / ${project.name}`,
    path: project.path,
    path_with_namespace: path,
    created_at: utc(project.createdAt),
    default_branch: project.defaultBranch,
    tag_list: project.topics,
    topics: project.topics,
    ssh_url_to_repo: `git@${new URL(world.webUrl).host}:${path}.git`,
    http_url_to_repo: `${world.webUrl}/${path}.git`,
    web_url: `${world.webUrl}/${path}`,
    readme_url:
      project.defaultBranch === null
        ? null
        : `${world.webUrl}/${path}/-/blob/${project.defaultBranch}/README.md`,
    forks_count: project.id % 4,
    avatar_url: null,
    star_count: project.id % 17,
    last_activity_at: utc(project.lastActivityAt),
    visibility: project.visibility,
    namespace: namespaceObject(world, group),
    container_registry_image_prefix: `registry.acme.example/${path}`,
    _links: linksObject(world, project),
    marked_for_deletion_at: project.markedForDeletionOn ?? null,
    marked_for_deletion_on: project.markedForDeletionOn ?? null,
    packages_enabled: true,
    empty_repo: project.defaultBranch === null,
    archived: project.archived,
    ...settingsObject(project),
    ...switchedOff(project),
  };
});

function switchedOff({ disabledFeatures = [] }: Project): JsonObject {
  return Object.fromEntries(disabledFeatures.map((name) => [`${name}_access_level`, 'disabled']));
}

function namespaceObject(world: World, group: Group): JsonObject {
  return {
    id: group.id,
    name: group.name,
    path: group.path,
    kind: 'group',
    full_path: group.fullPath,
    parent_id: group.parentId,
    avatar_url: null,
    web_url: `${world.webUrl}/groups/${group.fullPath}`,
  };
}

function linksObject(world: World, project: Project): JsonObject {
  const self = `${world.webUrl}/api/v4/projects/${String(project.id)}`;
  return {
    self,
    issues: `${self}/issues`,
    merge_requests: `${self}/merge_requests`,
    repo_branches: `${self}/repository/branches`,
    labels: `${self}/labels`,
    events: `${self}/events`,
    members: `${self}/members`,
    cluster_agents: `${self}/cluster_agents`,
  };
}

function settingsObject(project: Project): JsonObject {
  return {
    resolve_outdated_diff_discussions: false,
    container_expiration_policy: {
      cadence: '1d',
      enabled: false,
      keep_n: 10,
      older_than: '90d',
      name_regex: '.*',
      name_regex_keep: null,
      next_run_at: utc(project.createdAt + DAY),
    },
    repository_object_format: 'sha1',
    issues_enabled: true,
    merge_requests_enabled: true,
    jobs_enabled: true,
    snippets_enabled: false,
    builds_access_level: 'enabled',
    repository_access_level: 'enabled',
    emails_disabled: false,
    shared_runners_enabled: true,
    lfs_enabled: true,
    creator_id: project.creatorId,
    import_status: 'none',
    open_issues_count: project.id % 29,
    description_html: project.description === null ? '' : `<p>${project.name}</p>`,
    updated_at: utc(project.updatedAt),
    ci_default_git_depth: 20,
    ci_job_token_scope_enabled: false,
    ci_id_token_sub_claim_components: ['project_path', 'ref_type', 'ref'],
    build_timeout: 3600,
    public_jobs: true,
    shared_with_groups:
      project.id % 5 === 0
        ? [
            {
              group_id: 101,
              group_name: 'Acme',
              group_full_path: 'acme',
              group_access_level: 30,
              expires_at: null,
            },
          ]
        : [],
    merge_method: project.id % 2 === 0 ? 'ff' : 'merge',
    squash_option: 'default_off',
    runner_usage_factor: float(project.id % 2 === 0 ? 1 : 0.5),
  };
}
