/**
 * RESOURCES of tests that are not about single resources: the families of the pipeline that this loader replaces, so that
 * the suite does not grow with the catalogue. `test/integration/run/wholeCatalogue.test.ts` loads everything.
 */
export const SEED_RESOURCES = [
  'instance/*',
  'admin/*',
  'groups/*',
  'projects/*',
  'users/*',
  'badges/*',
  'access_requests/*',
  'branches/*',
  'jobs/*',
  'alerts/*',
  'bulk_imports/*',
].join(',');
