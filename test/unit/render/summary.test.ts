import { describe, expect, test } from 'vitest';

import { loadId, runId } from '../../../functions/engine/model/ids.ts';
import type { RunReport } from '../../../functions/engine/model/run.ts';
import type { RecordedChange } from '../../../functions/engine/model/schema.ts';
import { runSummary } from '../../../scripts/render/summary.ts';

const ORIGIN = { resource: 'jobs', loadId: loadId('1.0') } as const;
const ADDED: RecordedChange = {
  ...{ ...ORIGIN, table: 'job', column: 'note', type: 'text', change: 'column-added' },
  sample: '"a"',
};
const VARIANT: RecordedChange = {
  ...{ ...ORIGIN, table: 'job', column: 'age__v_text', type: 'text', change: 'variant-added' },
  ...{ oldType: 'bigint', sample: '"n/a"', views: ['bi.jobs', 'bi.slow'] },
};
const CREATED: RecordedChange = {
  ...{ ...ORIGIN, table: 'job', column: 'id', type: 'bigint', change: 'table-created' },
};

function linesOf(schemaChanges: readonly RecordedChange[]): readonly string[] {
  const report: RunReport = {
    ...{
      runId: runId('r'),
      outcome: 'done',
      seconds: 1,
      requests: 1,
      waitedSeconds: 0,
      resources: {},
    },
    ...{ schemaChanges, gaps: [], problems: [] },
  };
  return runSummary(report)
    .split('\n')
    .filter((line) => line !== '' && !/[│╔╟╚]/.test(line));
}

describe('runSummary', () => {
  test('says nothing of a schema that did not change', () => {
    expect(linesOf([])).toEqual([]);
  });

  test('counts tables and tells each column that was added to one, with its value and its views', () => {
    expect(linesOf([CREATED, ADDED, VARIANT])).toEqual([
      '1 table was made and 2 columns were added to tables.',
      '  + job.note (text) for "a"',
      '  + job.age__v_text (text beside bigint) for "n/a"; read by bi.jobs, bi.slow',
    ]);
  });

  test('tells ten columns and where the others are found', () => {
    const lines = linesOf(Array.from({ length: 13 }, () => ADDED));

    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('  and 3 more: schema --history');
  });

  test.each([
    { quarantined: 0, head: 'resource │ read │ written │ unchanged │ failed' },
    { quarantined: 2, head: 'resource │ read │ written │ unchanged │ quarantined │ failed' },
  ])('has a column for the quarantine where $quarantined are in it', ({ quarantined, head }) => {
    const counts = { read: 5, written: 3, unchanged: 0, quarantined, overflowed: 0 };
    const jobs = { table: 'job', ...counts, partitions: 1, failed: 0 };

    const text = runSummary({
      ...{
        runId: runId('r'),
        outcome: 'done',
        seconds: 1,
        requests: 1,
        waitedSeconds: 0,
        resources: { jobs },
      },
      ...{ schemaChanges: [], gaps: [], problems: [] },
    });

    expect(text.replaceAll(/ +/g, ' ')).toContain(head);
    expect(/│ +2 │ +0 /.test(text)).toBe(quarantined === 2);
  });
});
