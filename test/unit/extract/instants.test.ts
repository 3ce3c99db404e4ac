import { describe, expect, test } from 'vitest';

import { readInstant } from '../../../functions/engine/extract/instants.ts';
import { overlappingPage } from '../../../functions/engine/extract/pagination/overlappingPage.ts';

describe('readInstant', () => {
  test.each([
    ['2026-03-01T12:00:00.123Z', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01T12:00:00.123987Z', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01T12:00:00.1Z', '2026-03-01T12:00:00.100Z'],
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T14:00:00.5+02:00', '2026-03-01T12:00:00.500Z'],
    ['2026-03-01T06:30:00-0530', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00:00 UTC', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 14:00:00 +0200', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ])('reads %s', (text, instant) => {
    expect(readInstant(text)).toBe(Date.parse(instant));
  });

  test.each([
    null,
    undefined,
    5,
    '',
    'soon',
    '2026-13-01T00:00:00Z',
    `2026-03-01${' '.repeat(99)}`,
  ])('knows that %j is none', (value) => {
    expect(readInstant(value)).toBeUndefined();
  });
});

describe('overlappingPage', () => {
  test('holds the row before the offset and at least one behind it, for any offset', () => {
    const wrong = Array.from({ length: 60_000 }, (_, index) => index + 1).filter((offset) => {
      const { page, size } = overlappingPage(offset);
      const begin = (page - 1) * size;
      return size > 100 || begin > offset - 1 || begin + size <= offset;
    });

    expect(wrong).toEqual([]);
    expect(overlappingPage(0)).toEqual({ page: 1, size: 100 });
  });
});
