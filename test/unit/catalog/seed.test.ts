import { describe, expect, test } from 'vitest';

import { catalog } from '../../../functions/catalog.ts';
import { allResources } from '../../../functions/engine/catalog/selection.ts';

/** The endpoints of the pipeline that this loader replaces. */
const ENDPOINTS = [
  '/application/appearance',
  '/applications',
  '/avatar',
  '/groups/{id}/badges/{badge_id}',
  '/groups/{id}/badges',
  '/projects/{id}/badges/{badge_id}',
  '/projects/{id}/badges',
  '/groups/{id}/badges/render',
  '/projects/{id}/badges/render',
  '/admin/batched_background_migrations/{id}',
  '/admin/batched_background_migrations',
  '/projects/{id}/repository/branches/{branch}',
  '/projects/{id}/repository/branches',
  '/broadcast_messages/{id}',
  '/broadcast_messages',
  '/bulk_imports/{import_id}',
  '/bulk_imports',
  '/bulk_imports/{import_id}/entities/{entity_id}',
  '/bulk_imports/{import_id}/entities',
  '/bulk_imports/entities',
  '/admin/ci/variables/{key}',
  '/admin/ci/variables',
  '/admin/clusters/{cluster_id}',
  '/admin/clusters',
  '/groups/{id}/access_requests',
  '/projects/{id}/access_requests',
  '/admin/databases/{database_name}/dictionary/tables/{table_name}',
  '/projects/{id}/jobs',
  '/projects/{id}/jobs/{job_id}',
  '/metadata',
  '/version',
  '/projects/{id}/alert_management_alerts/{alert_iid}/metric_images',
  '/application/plan_limits',
] as const;

/** The tables of that pipeline. */
const TABLES = [
  'appearance',
  'application',
  'avatar',
  'badge',
  'basic_badge_details',
  'batched_background_migration',
  'branch',
  'broadcast_message',
  'bulk_import',
  'bulk_imports',
  'ci_variable',
  'cluster',
  'custom_attribute',
  'dictionary_table',
  'job',
  'metadata',
  'metric_image',
  'plan_limit',
] as const;

const resources = allResources(catalog);

/** A path without the names of its parameters. */
function shapeOf(path: string): string {
  return path.replaceAll(/\{\w+\}/g, '{}');
}

describe('the catalogue', () => {
  const covered = new Set(
    resources.flatMap(({ path, replaces }) => [path, ...replaces]).map(shapeOf),
  );
  const tables = new Set(
    resources.flatMap(({ table, splits }) => [table, ...splits.map((split) => split.table)]),
  );

  test.each(ENDPOINTS)('covers %s', (path) => {
    expect(covered).toContain(shapeOf(path));
  });

  test.each(TABLES)('fills api_entities_%s', (entity) => {
    expect(tables).toContain(`api_entities_${entity}`);
  });

  test('has the 33 endpoints and 18 tables of the pipeline that it replaces', () => {
    expect([new Set(ENDPOINTS).size, new Set(TABLES).size]).toEqual([33, 18]);
  });

  test('gives every resource an id of its own', () => {
    const ids = resources.map(({ id }) => id);

    expect(new Set(ids).size).toBe(ids.length);
  });

  test('keys the rows of one table by columns that tell their owners apart', () => {
    // Those that begin at the run's instant follow another resource of the same table.
    const scheduled = resources.filter(
      ({ on, cursor }) => on === 'schedule' && !(cursor.kind === 'walking' && cursor.begins),
    );
    const keys = scheduled.map(({ table, primaryKey }) => `${table} ${primaryKey.join()}`);

    expect(keys.toSorted()).toEqual([...new Set(keys)].toSorted());
  });

  test('asks for single objects only where somebody names them', () => {
    const singles = resources.filter(
      ({ path, bind }) =>
        /\}$/.test(path) && Object.values(bind).some(({ from }) => from === 'parent'),
    );

    expect(singles.map(({ on }) => on)).toEqual(singles.map(() => 'demand'));
  });
});
