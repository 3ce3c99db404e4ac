import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';

/**
 * RESOURCES of tests that are not about single resources: the families of the pipeline that this loader replaces, so that
 * the suite does not grow with the catalogue. `test/integration/run/wholeCatalogue.test.ts` loads everything.
 */
export const SEED_RESOURCES = [
  'instance/*',
  'admin/*',
  'groups/*',
  'projects/*',
  '!changed_projects',
  '!active_projects',
  'users/*',
  'badges/*',
  'access_requests/*',
  'branches/*',
  'jobs/*',
  'alerts/*',
  'bulk_imports/*',
].join(',');

/** Settings with which every partition is due in every run, so that a test need not wait for activity. */
export const EVERY_RUN = { QUIET_HOURS: '0' } as const;

/**
 * RESOURCES of tests about how runs begin, end and meet, whatever is loaded: lists by offset and by keyset, one row, a cursor,
 * children of rows. Half of the time of the seed's.
 */
export const CORE_RESOURCES =
  'metadata,groups,projects,users,avatars,branches,jobs,alerts,metric_images';

/** The tables of those resources. */
export const CORE_TABLES: ReadonlySet<string> = new Set(
  allResources(catalog)
    .filter(({ id }) => CORE_RESOURCES.split(',').includes(id))
    .map(({ table }) => table),
);
