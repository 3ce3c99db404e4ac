import { describe, test } from 'vitest';

import {
  changedParents,
  changedParentsBy,
  each,
  newestFirst,
  of,
  parent,
  walking,
} from '../../functions/engine/catalog/bindings.ts';
import { defineFamily } from '../../functions/engine/catalog/defineFamily.ts';

type Job = { id: number; status: string };

describe('defineFamily', () => {
  test('accepts a list and its single form', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/projects/{project_id}/jobs',
        bind: { project_id: each('project') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
        cursor: newestFirst('id', { rereadWhile: { status: ['running'] }, filter: 'scope' }),
      },
      job: {
        path: '/projects/{project_id}/jobs/{job_id}',
        bind: { project_id: each('project'), job_id: parent('jobs', 'id') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
        on: 'demand',
      },
    });
  });

  test('refuses a parent that the family lacks', () => {
    defineFamily('jobs', {
      job: {
        path: '/jobs/{job_id}',
        // @ts-expect-error no resource named 'jbos' in this family
        bind: { job_id: parent('jbos', 'id') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses a field that the parent lacks', () => {
    defineFamily('jobs', {
      jobs: { path: '/jobs', table: 'api_entities_job', record: of<Job>(), primaryKey: ['id'] },
      job: {
        path: '/jobs/{job_id}',
        // @ts-expect-error resource 'jobs' has no field 'idd'
        bind: { job_id: parent('jobs', 'idd') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses a path parameter that nothing binds', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/projects/{project_id}/jobs/{job_id}',
        // @ts-expect-error parameter 'job_id' is not bound
        bind: { project_id: each('project') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses a resource with parameters and no bindings at all', () => {
    defineFamily('jobs', {
      // @ts-expect-error parameter 'project_id' is not bound
      jobs: {
        path: '/projects/{project_id}/jobs',
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses a query parameter that nothing binds', () => {
    defineFamily('plans', {
      // @ts-expect-error parameter 'plan_name' is not bound
      plan_limits: {
        path: '/application/plan_limits',
        query: { plan_name: '{plan_name}' },
        table: 'api_entities_plan_limit',
        record: of<object>(),
        primaryKey: [],
      },
    });
  });

  test('refuses a binding that neither path nor query names', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/jobs',
        // @ts-expect-error 'project_id' is bound, but neither path nor query names it
        bind: { project_id: each('project') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses a key that is neither a field nor a parameter', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/jobs',
        table: 'api_entities_job',
        record: of<Job>(),
        // @ts-expect-error no field or parameter named 'iid'
        primaryKey: ['iid'],
      },
    });
  });

  test('refuses a cursor field that the record lacks', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/jobs',
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
        // @ts-expect-error no field named 'number' for the cursor
        cursor: newestFirst('number', { rereadWhile: { status: ['running'] }, filter: 'scope' }),
      },
    });
  });

  test('refuses a condition on a field that the record lacks', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/jobs',
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
        // @ts-expect-error no field named 'state' to reread by
        cursor: newestFirst('id', { rereadWhile: { state: ['running'] }, filter: 'scope' }),
      },
    });
  });

  test("refuses a condition on a field that the parent's record lacks", () => {
    defineFamily('alerts', {
      alerts: {
        path: '/alerts',
        table: 'alert',
        record: of<{ iid: number; status: string }>(),
        primaryKey: ['iid'],
      },
      images: {
        path: '/alerts/{iid}/images',
        bind: { iid: parent('alerts', 'iid') },
        table: 'image',
        record: of<{ id: number; state: string }>(),
        primaryKey: ['id'],
        // @ts-expect-error no field named 'state' to reread by
        cursor: changedParents({ state: ['TRIGGERED'] }),
      },
    });
  });

  test('refuses a secret field that the record lacks', () => {
    defineFamily('variables', {
      variables: {
        path: '/admin/ci/variables',
        table: 'api_entities_ci_variable',
        record: of<{ key: string; value: string }>(),
        primaryKey: ['key'],
        // @ts-expect-error no field or parameter named 'vlaue'
        secretFields: ['vlaue'],
      },
    });
  });

  test('refuses a scope that does not exist', () => {
    // @ts-expect-error 'team' is no scope
    each('team');
  });

  test('accepts a walk by a field of the row, and refuses another', () => {
    defineFamily('issues', {
      issues: {
        path: '/issues',
        table: 'api_entities_issue',
        record: of<{ id: number; updated_at: string }>(),
        primaryKey: ['id'],
        cursor: walking('updated_at', 'updated_after'),
      },
      others: {
        path: '/others',
        table: 'api_entities_other',
        record: of<{ id: number }>(),
        primaryKey: ['id'],
        // @ts-expect-error no field named 'updated_at' for the cursor
        cursor: walking('updated_at', 'updated_after'),
      },
    });
  });

  test('refuses to compare by what is not included from the parent', () => {
    defineFamily('jobs', {
      jobs: { path: '/jobs', table: 'api_entities_job', record: of<Job>(), primaryKey: ['id'] },
      traces: {
        path: '/jobs/{job_id}/traces',
        bind: { job_id: parent('jobs', 'id') },
        table: 'api_entities_trace',
        record: of<{ id: number }>(),
        primaryKey: ['id'],
        // @ts-expect-error 'status' is not included from the parent
        cursor: changedParentsBy('status'),
      },
      logs: {
        path: '/jobs/{job_id}/logs',
        bind: { job_id: parent('jobs', 'id') },
        includeFromParent: ['status'],
        table: 'api_entities_log',
        record: of<{ id: number }>(),
        primaryKey: ['id'],
        cursor: changedParentsBy('status'),
      },
    });
  });
});
