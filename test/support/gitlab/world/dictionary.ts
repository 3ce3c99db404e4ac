import type { JsonObject } from '../json.ts';

const MAIN = `users projects namespaces issues merge_requests notes events labels milestones members
  keys routes identities emails todos snippets releases deployments environments web_hooks
  application_settings personal_access_tokens audit_events badges broadcast_messages bulk_imports
  bulk_import_entities clusters plan_limits plans alert_management_alerts approval_rules award_emoji
  boards epics features lfs_objects merge_request_diffs notification_settings oauth_applications
  project_features protected_branches services uploads vulnerabilities wiki_page_meta work_item_types`;
const CI = `ci_builds p_ci_builds ci_pipelines p_ci_pipelines ci_stages ci_runners ci_runner_machines
  ci_variables ci_group_variables ci_instance_variables ci_job_artifacts p_ci_job_artifacts
  ci_pipeline_schedules ci_secure_files ci_triggers ci_builds_metadata taggings tags`;
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  users: ['user_profile', 'user_management'],
  projects: ['groups_and_projects'],
  issues: ['team_planning'],
  merge_requests: ['code_review_workflow'],
  features: [],
};

/** Pairs of database and table that the dictionary knows. */
export const DICTIONARY_TABLES: readonly (readonly [string, string])[] = [
  ...MAIN.split(/\s+/u).map((table) => ['main', table] as const),
  ...CI.split(/\s+/u).map((table) => ['ci', table] as const),
];

/** The dictionary's entry; undefined for a table that the database does not have. */
export function dictionaryTable(database: string, table: string): JsonObject | undefined {
  if (!DICTIONARY_TABLES.some(([known, name]) => known === database && name === table)) {
    return undefined;
  }
  const fallback = database === 'ci' ? ['continuous_integration'] : ['database'];
  return { table_name: table, feature_categories: CATEGORIES[table] ?? fallback };
}
