import type { GapClass, MemberStanding } from '../model/accessGap.ts';

/** A refusal and everything that is known about it. */
export interface Refusal {
  readonly status: number;
  /** GitLab's words; empty without any. */
  readonly message: string;
  /** The path below the API that was refused. */
  readonly path: string;
  /** Undefined where the resource belongs to no project and no group. */
  readonly member: MemberStanding | undefined;
  /** An administrator sees everything that exists. */
  readonly isAdmin: boolean;
}

const TIER = /licens|\blicence|\btier\b|\bplan\b|premium|ultimate|upgrade/i;

/** Which feature of a project the first segment after its id belongs to, by the name in `<feature>_access_level`. */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  repository: ['repository'],
  protected_branches: ['repository'],
  protected_tags: ['repository'],
  jobs: ['builds'],
  pipelines: ['builds'],
  pipeline_schedules: ['builds'],
  triggers: ['builds'],
  issues: ['issues'],
  boards: ['issues'],
  merge_requests: ['merge_requests'],
  approval_rules: ['merge_requests'],
  wikis: ['wiki'],
  snippets: ['snippets'],
  releases: ['releases'],
  environments: ['environments'],
  deployments: ['environments', 'builds'],
  feature_flags: ['feature_flags'],
  packages: ['package_registry'],
  registry: ['container_registry'],
  alert_management_alerts: ['monitor'],
  cluster_agents: ['infrastructure'],
  terraform: ['infrastructure'],
  requirements: ['requirements'],
  vulnerabilities: ['security_and_compliance'],
  vulnerability_findings: ['security_and_compliance'],
};

/** Finds out why GitLab refuses: the project's own page is believed first, then GitLab's words, then the status. */
export function classifyGap(refusal: Refusal): GapClass {
  const { status, message, path, member, isAdmin } = refusal;
  if (member !== undefined && member.status !== 200) {
    return member.status === 404 && isAdmin ? 'gone' : 'not-visible';
  }
  return (
    classOfVisible(path, member, message) ?? (status === 403 ? 'no-permission' : 'feature-off')
  );
}

/** What the page of a visible project, or GitLab's words, say about the refusal. */
function classOfVisible(
  path: string,
  member: MemberStanding | undefined,
  message: string,
): GapClass | undefined {
  if (member?.isPendingDeletion === true) return 'pending-deletion';
  if (member !== undefined && isDisabled(path, member)) return 'feature-off';
  if (TIER.test(message)) return 'tier';
  return member?.isArchived === true ? 'archived' : undefined;
}

function isDisabled(path: string, { disabled }: MemberStanding): boolean {
  const segment = path.split('/')[3] ?? '';
  return (FEATURES[segment] ?? []).some((feature) => disabled.has(feature));
}
