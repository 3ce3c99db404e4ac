import type { JsonObject } from '../json.ts';
import { randomOf } from '../random.ts';
import { DAY, utc } from '../time.ts';
import type { Alert, Beginning, Project, World } from './model.ts';

const ALERTING_PROJECTS = 7;

/** The alerts of each alerting project by project id, newest first; most belong to the first one. */
export function makeAlerts(
  { size, webUrl, now }: Beginning,
  projects: readonly Project[],
): ReadonlyMap<number, readonly Alert[]> {
  const origin = { seed: size.seed, webUrl, now };
  const owners = projects.slice(0, ALERTING_PROJECTS);
  const few = owners.map((_, index) => (index === 0 ? 0 : Math.min(4, size.alerts)));
  const first = Math.max(0, size.alerts - few.reduce((sum, count) => sum + count, 0));
  let id = 70;
  return new Map(
    owners.map((project, index) => {
      const count = index === 0 ? first : (few[index] ?? 0);
      const alerts = Array.from({ length: count }, (_, position) => {
        id += 1;
        return makeAlert(origin, project, { id, iid: position + 1 });
      });
      return [project.id, alerts.reverse()];
    }),
  );
}

/** What a new alert depends on. */
export interface AlertOrigin {
  readonly seed: number;
  readonly webUrl: string;
  readonly now: number;
}

interface AlertNumbers {
  readonly id: number;
  readonly iid: number;
}

/** One alert with its pictures. */
export function makeAlert(
  { seed, webUrl, now }: AlertOrigin,
  project: Project,
  { id, iid }: AlertNumbers,
): Alert {
  const random = randomOf(seed, 'alert', id);
  const status = random.pick(['TRIGGERED', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED']);
  const startedAt = now - random.integer(1, 170) * DAY + random.integer(0, DAY);
  const node: JsonObject = {
    id: `gid://gitlab/AlertManagement::Alert/${String(id)}`,
    iid: String(iid),
    title: random.pick(['CPU > 90%', 'Disk “almost” full', 'Größe überschritten', 'HTTP 500 🔥']),
    description: random.chance(0.3) ? null : `${String(random.integer(1, 20))} hosts are affected`,
    severity: random.pick(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFO', 'UNKNOWN']),
    status,
    service: random.pick(['api', 'web', null]),
    monitoringTool: random.pick(['Prometheus', 'Datadog', null]),
    hosts: random.chance(0.5) ? [`host-${String(id)}.acme.example`, 'größe.acme.example'] : [],
    startedAt: utc(startedAt),
    endedAt: status === 'RESOLVED' ? utc(startedAt + 3_600_000) : null,
    createdAt: utc(startedAt + 500),
    updatedAt: utc(startedAt + random.integer(1, 9) * 600_000),
    eventCount: random.integer(1, 40),
    environment: random.chance(0.5)
      ? { id: 'gid://gitlab/Environment/9', name: 'production', path: `/-/environments/9` }
      : null,
    issue: null,
    prometheusAlert: null,
    runbook: random.chance(0.3) ? 'https://runbooks.acme.example/cpu' : null,
    detailsUrl: `${webUrl}/-/alert_management/${String(iid)}/details`,
    webUrl: `${webUrl}/-/alert_management/${String(iid)}/details`,
    metricsDashboardUrl: null,
    assignees: {
      nodes: random.chance(0.5)
        ? [{ id: 'gid://gitlab/User/1', username: 'root', name: 'Administrator' }]
        : [],
    },
  };
  const images = Array.from({ length: random.pick([0, 0, 1, 2]) }, (_, index) =>
    metricImage(id * 4 + index, startedAt),
  );
  return { id, iid, projectId: project.id, node, metricImages: images };
}

function metricImage(id: number, startedAt: number): JsonObject {
  return {
    id,
    created_at: utc(startedAt + 60_000),
    filename: `graph-${String(id)}.png`,
    file_path: `/uploads/-/system/alert_management_metric_image/file/${String(id)}/graph-${String(id)}.png`,
    url: id % 3 === 0 ? null : 'https://grafana.acme.example/d/größe',
    url_text: id % 3 === 0 ? '' : 'The dashboard 📈',
  };
}

/** The alert with this number in the project. */
export function findAlert(world: World, projectId: number, iid: number): Alert | undefined {
  return world.projects.get(projectId)?.alerts.find((alert) => alert.iid === iid);
}
