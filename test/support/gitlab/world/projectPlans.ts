import { at } from '../random.ts';
import { GROUP_PLANS } from './groups.ts';

/** Where a project lives and what it is called. */
export interface ProjectPlan {
  readonly group: string;
  readonly name: string;
  /** The member's own role in it. */
  readonly role?: number;
}

/** In order of creation; the first is the busiest. */
const PROJECT_PLANS: readonly ProjectPlan[] = [
  { group: 'acme/web', name: 'Storefront 🛒' },
  { group: 'acme/platform/infra', name: 'Terraform modules' },
  { group: 'labs/ml', name: 'Ranking' },
  { group: 'acme/mobile', name: 'Android app', role: 30 },
  { group: 'acme/platform/data', name: 'Warehouse' },
  { group: 'acme/web', name: 'Checkout' },
  { group: 'acme/web/design-system', name: 'Icons ✨' },
  { group: 'acme/platform/infra', name: 'Runbooks' },
  { group: 'customers', name: 'Contoso' },
  { group: 'acme/archive', name: 'Old shop', role: 20 },
  { group: 'acme/mobile', name: 'iOS app' },
  { group: 'acme/platform/infra', name: 'Ingress' },
  { group: 'labs/recherche', name: 'Étude de marché' },
  { group: 'acme/web', name: 'Search' },
  { group: 'acme/platform', name: 'API gateway', role: 40 },
  { group: 'labs/ml', name: 'Notebooks' },
  { group: 'acme/archive', name: 'Intranet 2009' },
  { group: 'acme/web', name: 'Accounts' },
  { group: 'acme/platform/infra', name: 'Observability' },
  { group: 'acme/platform/data', name: 'Events' },
  { group: 'acme/web/design-system', name: 'Component library' },
  { group: 'customers', name: 'Globex' },
  { group: 'acme/mobile', name: 'Shared core', role: 30 },
  { group: 'labs', name: 'Hackathon 🏆', role: 40 },
  { group: 'acme/platform/infra', name: 'Clusters' },
  { group: 'acme/web', name: 'Recommendations' },
  { group: 'acme/platform/data', name: 'dbt models' },
  { group: 'labs/ml', name: 'Feature store' },
  { group: 'acme', name: 'Handbook', role: 30 },
  { group: 'acme/platform', name: 'Identity' },
  { group: 'acme/web', name: 'Newsletter' },
  { group: 'acme/platform/infra', name: 'DNS' },
  { group: 'labs/recherche', name: 'Größentabelle' },
  { group: 'acme/mobile', name: 'Push service' },
  { group: 'acme/platform/infra', name: 'Backup' },
  { group: 'acme/web/design-system', name: 'Brand assets' },
  { group: 'customers', name: 'Initech' },
  { group: 'acme/platform/data', name: 'Reports' },
  { group: 'acme/web', name: '日本語サイト' },
  { group: 'acme', name: 'Empty repository', role: 30 },
];

/** The position of the project that has no commit yet. */
export const EMPTY_PROJECT = 39;

/** The plan of the project with this position; any number of projects has one. */
export function projectPlan(index: number): ProjectPlan {
  return PROJECT_PLANS[index] ?? extraPlan(index);
}

function extraPlan(index: number): ProjectPlan {
  return {
    group: at(GROUP_PLANS, index % GROUP_PLANS.length).path,
    name: `Service ${String(index)}`,
  };
}
