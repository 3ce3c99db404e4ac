import type { JsonObject } from '../json.ts';

/** Every plan that a request may name; an instance has only some of them. */
export const PLAN_NAMES: readonly string[] = [
  'default',
  'free',
  'bronze',
  'silver',
  'premium',
  'gold',
  'ultimate',
  'ultimate_trial',
  'ultimate_trial_paid_customer',
  'premium_trial',
  'opensource',
];

/** The limits of the plans that this instance has, by name. */
export function makePlanLimits(): ReadonlyMap<string, JsonObject> {
  const plans = ['default', 'free', 'premium', 'ultimate'];
  return new Map(plans.map((name, index) => [name, planLimit(index)]));
}

function planLimit(rank: number): JsonObject {
  const changed = (value: number): JsonObject => ({
    timestamp: 1_686_909_124 + rank,
    user_id: 1,
    username: 'root',
    value,
  });
  return {
    ci_instance_level_variables: 25,
    ci_pipeline_size: 0,
    ci_active_jobs: rank * 500,
    ci_project_subscriptions: 2,
    ci_pipeline_schedules: 10 + rank * 20,
    ci_needs_size_limit: 50,
    ci_registered_group_runners: 1000,
    ci_registered_project_runners: 1000,
    conan_max_file_size: 3_221_225_472,
    dotenv_variables: 20 + rank * 50,
    dotenv_size: 5120,
    enforcement_limit: rank * 15_000,
    generic_packages_max_file_size: 5_368_709_120,
    helm_max_file_size: 5_242_880,
    limits_history:
      rank === 0
        ? {}
        : { enforcement_limit: [changed(5), changed(rank)], notification_limit: [changed(7)] },
    maven_max_file_size: 3_221_225_472,
    notification_limit: rank * 14_000,
    npm_max_file_size: 524_288_000,
    nuget_max_file_size: 524_288_000,
    pipeline_hierarchy_size: 1000,
    pypi_max_file_size: 3_221_225_472,
    terraform_module_max_file_size: 1_073_741_824,
    storage_size_limit: rank * 15_000,
  };
}
