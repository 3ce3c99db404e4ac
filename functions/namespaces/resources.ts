import { of } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** Namespaces that the token may see, and the topics of the instance. */
export const namespaces = defineFamily('namespaces', {
  namespaces: {
    path: '/namespaces',
    single: '/namespaces/{id}',
    table: 'api_entities_namespace',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    // Hidden from the token and deleted look the same.
    sweepEvery: 'never',
    pagination: 'offset',
  },
  topics: {
    path: '/topics',
    single: '/topics/{id}',
    table: 'api_entities_topic',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
  },
});
