import { partitionKey } from '../../../functions/engine/model/ids.ts';
import type { PartitionTask } from '../../../functions/engine/model/position.ts';
import type { ResourceSpec } from '../../../functions/engine/model/resource.ts';

/** A resource with what a test does not care about filled in: an offset list of the instance. */
export function resourceOf(changes: Partial<ResourceSpec>): ResourceSpec {
  return {
    id: 'widgets',
    family: 'widgets',
    path: '/widgets',
    replaces: [],
    table: 'api_entities_widget',
    bind: {},
    query: {},
    adminQuery: {},
    memberQuery: {},
    primaryKey: ['id'],
    keep: [],
    pagination: 'offset',
    cursor: { kind: 'full' },
    dueBy: 'schedule',
    writeDisposition: 'merge',
    on: 'schedule',
    access: 'any',
    absent: {},
    secretFields: [],
    splits: [],
    ...changes,
  };
}

/** A claimed partition, `17` unless the test says otherwise. */
export function taskOf(
  resource: Partial<ResourceSpec>,
  changes: Partial<PartitionTask> = {},
): PartitionTask {
  return {
    resource: resourceOf(resource),
    partition: partitionKey('17'),
    fence: 1n,
    seq: 0n,
    scanId: 1n,
    cursor: undefined,
    token: undefined,
    ...changes,
  };
}
