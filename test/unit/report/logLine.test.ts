import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../functions/engine/model/events.ts';
import { loadId, runId } from '../../../functions/engine/model/ids.ts';
import { logLine } from '../../../functions/engine/report/logLine.ts';

const TIME = new Date('2026-11-22T18:00:00.000Z');
const LEFT = { quarantined: 0, overflowed: 0 };
const COUNTS = {
  ...{ table: 't', read: 2, written: 1, unchanged: 1, partitions: 1, failed: 0 },
  ...LEFT,
};
const RUN = runId('00000000-0000-4000-8000-000000000000');
const REPORT = {
  runId: RUN,
  seconds: 1,
  requests: 3,
  waitedSeconds: 0,
  resources: {},
  schemaChanges: [],
  gaps: [],
  problems: [],
};
const REQUEST = { trigger: 'manual', mode: 'full', until: 'once', asOf: TIME } as const;

const EVENTS: readonly { readonly severity: string; readonly event: RunEvent }[] = [
  {
    severity: 'INFO',
    event: { event: 'run-started', runId: RUN, request: REQUEST, resources: ['jobs'] },
  },
  { severity: 'INFO', event: { event: 'resource-started', resource: 'jobs' } },
  {
    severity: 'INFO',
    event: {
      event: 'package-committed',
      resource: 'jobs',
      loadId: '1.0',
      rows: 1,
      unchanged: 2,
      ...LEFT,
      milliseconds: 3,
    },
  },
  { severity: 'INFO', event: { event: 'partition-finished', resource: 'jobs', partition: '' } },
  {
    severity: 'NOTICE',
    event: {
      event: 'schema-changed',
      ...{ resource: 'jobs', loadId: loadId('1.0'), table: 't', column: 'c', type: 'text' },
      change: 'column-added',
    },
  },
  { severity: 'INFO', event: { event: 'resource-finished', resource: 'jobs', ...COUNTS } },
  {
    severity: 'WARNING',
    event: { event: 'request-retried', request: 'GET /jobs', status: 0, waitMilliseconds: 5 },
  },
  { severity: 'NOTICE', event: { event: 'problem', code: 'NOTICE', message: 'two\nlines' } },
  {
    severity: 'ERROR',
    event: { event: 'problem', code: 'E_DEFECT', message: 'broken \u2028 line' },
  },
  { severity: 'INFO', event: { event: 'run-report', ...REPORT, outcome: 'done' } },
  { severity: 'ERROR', event: { event: 'run-report', ...REPORT, outcome: 'failed' } },
];

describe('logLine', () => {
  test.each(EVENTS)('writes $event.event as one line with $severity', ({ event, severity }) => {
    const line = logLine(event, TIME);

    expect(line).not.toMatch(/[\r\n]/);
    const logged = JSON.parse(line) as Record<string, unknown>;
    expect(logged).toMatchObject({
      severity,
      time: '2026-11-22T18:00:00.000Z',
      event: event.event,
    });
    expect(logged['message']).toMatch(/\S/);
  });

  test.each([
    { rows: 1, message: 'jobs: 1 row written, 0 unchanged.' },
    { rows: 0, message: 'jobs: 0 rows written, 0 unchanged.' },
    { rows: 2, message: 'jobs: 2 rows written, 0 unchanged.' },
  ])('counts $rows in words', ({ rows, message }) => {
    const counts = { loadId: undefined, rows, unchanged: 0, ...LEFT, milliseconds: 1 };

    const line = logLine({ event: 'package-committed', resource: 'jobs', ...counts }, TIME);

    expect(JSON.parse(line)).toMatchObject({ message });
  });

  test('tells of a variant column what made it necessary and who reads its table', () => {
    const change = {
      table: 't',
      column: 'c__v_text',
      type: 'text',
      change: 'variant-added',
    } as const;
    const cause = { oldType: 'bigint', sample: '"n/a"', views: ['bi.a', 'bi.b'] } as const;
    const origin = { resource: 'jobs', loadId: loadId('1.0') };

    const line = logLine({ event: 'schema-changed', ...change, ...cause, ...origin }, TIME);

    expect(JSON.parse(line)).toMatchObject({
      message:
        "Column 'c__v_text' (text beside bigint) was added to table 't' for load '1.0' and value \"n/a\"; views that read the table: bi.a, bi.b.",
      ...{ ...change, ...cause, ...origin },
    });
  });

  test('keeps the message of a problem as it is', () => {
    const line = logLine({ event: 'problem', code: 'E_DEFECT', message: 'What failed.' }, TIME);

    expect(JSON.parse(line)).toMatchObject({ message: 'What failed.', code: 'E_DEFECT' });
  });
});
