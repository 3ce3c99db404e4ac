import { describe, expect, test } from 'vitest';

import { ERRORS } from '../../../functions/engine/model/errors.ts';
import type { RunProblem } from '../../../functions/engine/model/run.ts';
import { failureLines } from '../../../scripts/render/failureLines.ts';

function refused(partition: string): RunProblem {
  return { code: 'E_VALUE', resource: 'branches', partition, message: 'It cannot be stored.' };
}

const ADVICE = `${ERRORS.E_VALUE.help} [E_VALUE]`;

describe('failureLines', () => {
  test('tells place, sentence and code of each error, then what to do about each code once', () => {
    const problems: readonly RunProblem[] = [
      { code: 'NOTICE', resource: 'jobs', message: 'Left alone.' },
      refused('2053'),
      { code: 'E_VALUE', resource: 'metadata', partition: '', message: 'It has no key.' },
      { code: 'E_GITLAB_AUTH', message: 'The token was refused.' },
    ];

    expect(failureLines(problems)).toEqual([
      'branches/2053: It cannot be stored. [E_VALUE]',
      'metadata: It has no key. [E_VALUE]',
      'The token was refused. [E_GITLAB_AUTH]',
      ADVICE,
      `${ERRORS.E_GITLAB_AUTH.help} [E_GITLAB_AUTH]`,
    ]);
  });

  test('counts what says the same of other partitions', () => {
    expect(failureLines(['1', '2', '3'].map(refused))).toEqual([
      'branches/1: It cannot be stored. [E_VALUE] (and 2 more like this)',
      ADVICE,
    ]);
  });

  test('tells five kinds and how many more there are', () => {
    const problems = Array.from({ length: 7 }, (_, n) => ({
      ...refused('1'),
      message: `${n.toString()}.`,
    }));

    const lines = failureLines(problems);

    expect(lines).toHaveLength(7);
    expect(lines.slice(-2)).toEqual(['The run report has 2 more.', ADVICE]);
  });
});
