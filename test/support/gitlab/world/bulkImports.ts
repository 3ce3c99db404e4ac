import type { JsonObject } from '../json.ts';
import { randomOf } from '../random.ts';
import { DAY, zoned } from '../time.ts';
import type { BulkImport, WorldSize } from './model.ts';
import { ADMIN_USER, MEMBER_USER } from './users.ts';

interface ImportPlan {
  readonly userId: number;
  readonly status: string;
  readonly entities: number;
}

const PLANS: readonly ImportPlan[] = [
  { userId: ADMIN_USER, status: 'finished', entities: 30 },
  { userId: MEMBER_USER, status: 'finished', entities: 4 },
  { userId: ADMIN_USER, status: 'failed', entities: 18 },
  { userId: ADMIN_USER, status: 'started', entities: 5 },
];

/** The imports of the administrator and of the member, ids ascending. */
export function makeBulkImports(
  size: WorldSize,
  projectIds: readonly number[],
  now: number,
): BulkImport[] {
  let entityId = 300;
  return PLANS.map((plan, index) => {
    const id = index + 11;
    const at = zoned(now - (40 - index) * DAY, -420);
    const entities = Array.from({ length: plan.entities }, (_, position) => {
      entityId += 1;
      const place = {
        id: entityId,
        bulkImportId: id,
        position,
        at,
        status: entityStatus(plan, position),
      };
      return makeEntity(size.seed, place, projectIds);
    });
    const source = {
      id,
      status: plan.status,
      source_type: 'gitlab',
      source_url: 'https://old.acme.example',
      created_at: at,
      updated_at: at,
      has_failures: plan.status === 'failed',
    };
    return { userId: plan.userId, source, entities };
  });
}

function entityStatus(plan: ImportPlan, position: number): string {
  if (plan.status === 'finished') return 'finished';
  return position % 3 === 0 ? plan.status : 'finished';
}

interface EntityPlace {
  readonly id: number;
  readonly bulkImportId: number;
  readonly position: number;
  readonly at: string;
  readonly status: string;
}

function makeEntity(
  seed: number,
  { id, bulkImportId, position, at, status }: EntityPlace,
  projectIds: readonly number[],
): BulkImport['entities'][number] {
  const random = randomOf(seed, 'bulk-import-entity', id);
  const isGroup = position === 0;
  const slug = isGroup ? 'imported' : `imported-${String(position)}`;
  const failed = status === 'failed';
  return {
    id,
    bulk_import_id: bulkImportId,
    status,
    entity_type: isGroup ? 'group' : 'project',
    source_full_path: `old/größe/${slug}`,
    destination_full_path: `acme/${slug}`,
    destination_name: slug,
    destination_slug: slug,
    destination_namespace: 'acme',
    parent_id: isGroup ? null : id - position,
    namespace_id: isGroup ? 101 : null,
    project_id: isGroup || projectIds.length === 0 ? null : random.pick(projectIds),
    created_at: at,
    updated_at: at,
    failures: failed ? [makeFailure(random.hex(32), at), makeFailure(random.hex(32), at)] : [],
    migrate_projects: true,
    migrate_memberships: position % 2 === 0,
    has_failures: failed,
    stats: isGroup
      ? {}
      : {
          labels: { source: 10, fetched: 10, imported: 9 },
          milestones: { source: position, fetched: position, imported: position },
        },
  };
}

function makeFailure(correlation: string, at: string): JsonObject {
  return {
    relation: 'labels',
    step: 'extractor',
    exception_message: 'the source said “no” ❌',
    exception_class: 'BulkImports::NetworkError',
    correlation_id_value: correlation,
    source_url: null,
    source_title: null,
    created_at: at,
    pipeline_class: 'BulkImports::Common::Pipelines::LabelsPipeline',
    pipeline_step: 'extractor',
  };
}
