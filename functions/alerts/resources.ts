import { changedParents, each, fullPath, of, parent } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const document = `
query alerts($full_path: ID!, $after: String) {
  project(fullPath: $full_path) {
    alertManagementAlerts(first: 100, after: $after, sort: CREATED_ASC) {
      nodes {
        iid title description severity status service monitoringTool hosts eventCount
        startedAt endedAt createdAt updatedAt detailsUrl webUrl runbook
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

/** Alerts of every project, which GitLab lists by GraphQL only, and the images attached to them. */
export const alerts = defineFamily('alerts', {
  alerts: {
    dueBy: 'activity',
    path: '/graphql#project.alertManagementAlerts',
    bind: { project_id: each('project'), full_path: fullPath() },
    table: 'api_entities_alert_management_alert',
    record: of<{ iid: number; status: string }>(),
    primaryKey: ['project_id', 'iid'],
    pagination: 'graphql',
    graphql: { document, connection: ['project', 'alertManagementAlerts'], integers: ['iid'] },
  },
  metric_images: {
    dueBy: 'activity',
    path: '/projects/{project_id}/alert_management_alerts/{alert_iid}/metric_images',
    bind: { project_id: each('project'), alert_iid: parent('alerts', 'iid') },
    keep: ['alert_iid'],
    table: 'api_entities_metric_image',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    // Uploading an image does not touch its alert, but nobody uploads to an alert that is closed.
    cursor: changedParents({ status: ['TRIGGERED', 'ACKNOWLEDGED'] }),
  },
});
