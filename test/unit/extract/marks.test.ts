import { describe, expect, test } from 'vitest';

import { fixedMarks, knownInstant, timeMarks } from '../../../functions/engine/extract/marks.ts';
import type { TimeCursor } from '../../../functions/engine/model/resource.ts';
import { portsTo } from '../../integration/extract/testPorts.ts';
import { taskOf } from './task.ts';

const AS_OF = new Date('2026-03-01T12:00:00.000Z');
const CURSOR = '2026-02-01T00:00:00.000Z';
const walking = { kind: 'walking', field: 'updated_at', after: 'updated_after' } as const;
const sinceChange = { kind: 'changed-since', after: 'updated_after' } as const;
const dated = [{ updated_at: '2026-01-05T00:00:00.000Z' }];

/** A scan that has not asked anything yet. */
function marksOf(spec: TimeCursor) {
  return timeMarks(taskOf({}), spec, portsTo('http://127.0.0.1:1', { asOf: AS_OF })).marks;
}

describe('the marks of a cursor that is known when a scan begins', () => {
  test('keep it in every token and leave it at the end, whatever the rows are', () => {
    const marks = fixedMarks('250');

    marks.see([{ id: 300 }]);

    expect(marks.inToken()).toEqual({ mark: '250' });
    expect(marks.atEnd()).toBe('250');
  });

  test('are none without a cursor', () => {
    const marks = fixedMarks(undefined);

    expect(marks.inToken()).toStrictEqual({});
    expect(marks.atEnd()).toBeUndefined();
  });
});

describe('a scan shows what changed since', () => {
  test.each<{ name: string; spec: TimeCursor; cursor: string | undefined; from: string | null }>([
    { name: 'ever', spec: walking, cursor: undefined, from: null },
    { name: 'its cursor', spec: walking, cursor: CURSOR, from: CURSOR },
    {
      name: 'the instant of the run, where history is not wanted',
      spec: { ...walking, begins: 'as-of' },
      cursor: undefined,
      from: AS_OF.toISOString(),
    },
    {
      name: 'its cursor, where history was not wanted',
      spec: { ...walking, begins: 'as-of' },
      cursor: CURSOR,
      from: CURSOR,
    },
    { name: 'ever, where GitLab filters', spec: sinceChange, cursor: undefined, from: null },
  ])('$name', ({ spec, cursor, from }) => {
    const known = knownInstant(taskOf({}, { cursor }), spec, AS_OF);

    expect(known === undefined ? null : new Date(known).toISOString()).toBe(from);
  });
});

describe('the marks of a scan whose cursor is an instant', () => {
  test('hold nothing before the first answer', () => {
    const marks = marksOf(walking);

    expect(marks.inToken()).toStrictEqual({});
    expect(marks.atEnd()).toBeUndefined();
  });

  test('see the latest change of rows that are ordered by it', () => {
    const marks = marksOf(walking);

    marks.see(dated);

    expect(marks.inToken()).toStrictEqual({ seen: '2026-01-05T00:00:00.000Z' });
  });

  test('see nothing in rows that GitLab filters by another instant', () => {
    const marks = marksOf(sinceChange);

    marks.see(dated);

    expect(marks.inToken()).toStrictEqual({});
  });
});
