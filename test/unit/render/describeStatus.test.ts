import { describe, expect, test } from 'vitest';

import type { DatasetStatus } from '../../../functions/engine/run/readStatus.ts';
import { describeStatus } from '../../../scripts/render/describeStatus.ts';

const NOW = new Date('2026-01-02T03:04:05Z');
const SENTENCE = `It cannot be stored, for ${'a long reason and '.repeat(10)}more.`;

const STATUS: DatasetStatus = {
  dataset: 'gitlab_data',
  runs: [
    {
      ...{ runId: '01234567-89ab-4def-8123-456789abcdef', trigger: 'manual', started: NOW },
      ...{ ended: NOW, outcome: 'failed', requests: 1_234, waitedSeconds: 61.4 },
    },
  ],
  resources: [
    {
      ...{ resource: 'branches', partitions: 2, complete: 0, inaccessible: 0, failing: 1 },
      ...{ halted: 1, held: 0, completeAsOf: null, rowsWritten: 7, lastError: SENTENCE },
    },
  ],
  halted: [{ resource: 'branches', partition: '2053', code: 'E_VALUE', lastError: SENTENCE }],
  failing: [{ resource: 'branches', partition: '7', code: null, lastError: 'It is busy.' }],
  gaps: [
    {
      ...{ resource: 'jobs', class: 'no-permission', count: 1200, since: NOW, partition: '7' },
      ...{ status: 403, message: '403 Forbidden', what: 'the role is too low' },
      help: "give the token's user a higher role",
    },
    {
      ...{ resource: 'branches', class: 'no-permission', count: 3, since: NOW, partition: '8' },
      ...{ status: 403, message: '', what: 'the role is too low', help: 'as above' },
    },
  ],
  haltedSweeps: [{ resource: 'labels', partition: '7', note: '9 of 9 rows would go.' }],
  sweeps: [{ resource: 'labels', sweptAt: NOW, due: 0, halted: 1, rowsDeleted: 3 }],
  completeness: [],
  violations: [],
  quarantine: [
    {
      ...{ resource: 'jobs', reason: 'key-missing', open: 1, resolved: 0, lastAt: NOW },
      ...{ explanation: 'It has no key.', partition: '7', place: 13 },
      request: 'GET /projects/7/jobs?user=a@b.example',
    },
  ],
  events: [
    { state: 'applied', events: 1200, deliveries: 1300, last: NOW, seconds: 0.24, reason: null },
    { state: 'dead', events: 1, deliveries: 10, last: NOW, seconds: null, reason: 'No JSON.' },
  ],
};

describe('describeStatus', () => {
  const lines = describeStatus(STATUS).split('\n');

  test('ends with the events of webhooks and why some are given up', () => {
    expect(lines.at(-1)).toBe('! an event is dead: No JSON.');
    expect(lines.find((line) => line.includes('applied'))).toContain('0.2 s');
  });

  test('begins with what is halted and what fails', () => {
    expect(lines.slice(0, 5)).toEqual([
      `! branches/2053 is halted: ${SENTENCE} [E_VALUE]`,
      '  once it is corrected: resume --resource branches --partition 2053',
      '! labels/7 deletes nothing: 9 of 9 rows would go.',
      '  if they are really gone: resume --resource labels --partition 7 --confirm-deletes',
      '! branches/7 fails: It is busy.',
    ]);
  });

  test('tells each class of what GitLab refuses in one line, with what to do about it', () => {
    expect(lines[5]).toBe(
      "i no access to 1,203 since 2026-01-02T03:04:05.000Z, no-permission: jobs (1,200), branches (3), e.g. jobs/7: the role is too low; give the token's user a higher role",
    );
  });

  test('tells where the last record in quarantine stood, counted from 1', () => {
    expect(lines).toContain(
      "! jobs/7: the last, record 14 of 'GET /projects/7/jobs': It has no key.",
    );
  });

  test('draws tables without sentences and with short ids', () => {
    const drawn = lines.filter((line) => /^[║│╔╟╚]/.test(line));

    expect(drawn.join('\n')).toMatch(/ 01234567 +│/);
    expect(Math.max(...drawn.map(({ length }) => length))).toBeLessThan(125);
  });
});
