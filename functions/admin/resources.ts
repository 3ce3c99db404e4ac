import { of, parent, setting, values } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

const noSuchDatabase = 'the instance has no such database';

/** What only an administrator may read: background migrations, CI variables, clusters, table dictionary. */
export const admin = defineFamily('admin', {
  batched_background_migrations: {
    dueBy: 'rhythm',
    path: '/admin/batched_background_migrations',
    single: '/admin/batched_background_migrations/{id}?database={database}',
    bind: { database: values('main', 'ci', 'sec', 'embedding', 'geo') },
    query: { database: '{database}' },
    table: 'api_entities_batched_background_migration',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['database', 'id'],
    access: 'admin',
    absent: { 400: noSuchDatabase, 404: noSuchDatabase },
  },
  batched_background_migration: {
    path: '/admin/batched_background_migrations/{id}',
    bind: {
      id: parent('batched_background_migrations', 'id'),
      database: parent('batched_background_migrations', 'database'),
    },
    query: { database: '{database}' },
    table: 'api_entities_batched_background_migration',
    record: of<{ id: number; status: string }>(),
    primaryKey: ['database', 'id'],
    access: 'admin',
    on: 'demand',
  },
  ci_variables: {
    path: '/admin/ci/variables',
    single: '/admin/ci/variables/{key}',
    table: 'api_entities_ci_variable',
    record: of<{ key: string; value: string }>(),
    primaryKey: ['key'],
    pagination: 'offset',
    access: 'admin',
    secretFields: ['value'],
  },
  ci_variable: {
    path: '/admin/ci/variables/{key}',
    bind: { key: parent('ci_variables', 'key') },
    table: 'api_entities_ci_variable',
    record: of<{ key: string; value: string }>(),
    primaryKey: ['key'],
    access: 'admin',
    secretFields: ['value'],
    on: 'demand',
  },
  clusters: {
    path: '/admin/clusters',
    single: '/admin/clusters/{id}',
    table: 'api_entities_cluster',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
    access: 'admin',
    absent: { 404: 'certificate-based clusters are switched off on this instance' },
  },
  cluster: {
    path: '/admin/clusters/{cluster_id}',
    bind: { cluster_id: parent('clusters', 'id') },
    table: 'api_entities_cluster',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    access: 'admin',
    on: 'demand',
  },
  dictionary_tables: {
    dueBy: 'rhythm',
    path: '/admin/databases/{database_name}/dictionary/tables/{table_name}',
    bind: {
      database_name: setting('dictionaryTables', 0),
      table_name: setting('dictionaryTables', 1),
    },
    table: 'api_entities_dictionary_table',
    record: of<{ table_name: string }>(),
    primaryKey: ['database_name', 'table_name'],
    access: 'admin',
    absent: { 404: 'the instance has no such table' },
  },
});
