import { of, parent } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const absent = {
  404: 'direct transfer is switched off on this instance',
  503: 'direct transfer is switched off on this instance',
} as const;

/** Direct transfers that the token's user started, and the groups and projects that they carry. */
export const bulkImports = defineFamily('bulk_imports', {
  bulk_imports: {
    path: '/bulk_imports',
    query: { sort: 'asc' },
    table: 'api_entities_bulk_import',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    absent,
    // The list has those of the token's user; another user's are no less there.
    sweepEvery: 'never',
  },
  bulk_import: {
    path: '/bulk_imports/{import_id}',
    bind: { import_id: parent('bulk_imports', 'id') },
    table: 'api_entities_bulk_import',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['id'],
    on: 'demand',
  },
  bulk_import_entities: {
    path: '/bulk_imports/entities',
    replaces: [
      '/bulk_imports/{import_id}/entities',
      '/bulk_imports/{import_id}/entities/{entity_id}',
    ],
    query: { sort: 'asc' },
    table: 'api_entities_bulk_imports',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    absent,
    sweepEvery: 'never',
  },
});
