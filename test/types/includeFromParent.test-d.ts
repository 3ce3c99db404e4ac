import { describe, test } from 'vitest';

import { each, of, parent } from '../../functions/engine/catalog/bindings.ts';
import { defineFamily } from '../../functions/engine/catalog/defineFamily.ts';

type Job = { id: number; status: string };

describe('includeFromParent', () => {
  test('accepts fields of the parent to be included, and what was bound to it', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/projects/{project_id}/jobs',
        bind: { project_id: each('project') },
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
      traces: {
        path: '/jobs/{job_id}/trace',
        bind: { job_id: parent('jobs', 'id') },
        includeFromParent: ['status', 'project_id'],
        table: 'trace',
        record: of<object>(),
        primaryKey: ['job_id'],
      },
    });
  });

  test('refuses to include a field that the parent lacks', () => {
    defineFamily('jobs', {
      jobs: { path: '/jobs', table: 'api_entities_job', record: of<Job>(), primaryKey: ['id'] },
      traces: {
        path: '/jobs/{job_id}/trace',
        bind: { job_id: parent('jobs', 'id') },
        // @ts-expect-error the parent has no field 'state'
        includeFromParent: ['id', 'state'],
        table: 'trace',
        record: of<{ state: string }>(),
        primaryKey: ['job_id'],
      },
    });
  });

  test('refuses to include anything where no parent is bound', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/projects/{project_id}/jobs',
        bind: { project_id: each('project') },
        // @ts-expect-error no parent is bound whose fields could be included
        includeFromParent: ['id'],
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });

  test('refuses to include from a resource that nothing binds', () => {
    defineFamily('jobs', {
      jobs: {
        path: '/jobs',
        // @ts-expect-error no parent is bound whose fields could be included
        includeFromParent: ['id'],
        table: 'api_entities_job',
        record: of<Job>(),
        primaryKey: ['id'],
      },
    });
  });
});
