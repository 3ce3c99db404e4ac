import { ERRORS } from '../../functions/engine/model/errors.ts';
import { partitionName } from '../../functions/engine/model/partitionName.ts';
import type { RunProblem } from '../../functions/engine/model/run.ts';

const MOST_FAILURES = 5;

/** A line for each of the first different errors, the place of the first of its kind before it; then what to do about each code. */
export function failureLines(problems: readonly RunProblem[]): readonly string[] {
  const kinds = new Map<string, { line: string; help: string; more: number }>();
  for (const { code, message, resource, partition = '' } of problems) {
    if (code === 'NOTICE') continue;
    const kind = `${code} ${message}`;
    const known = kinds.get(kind);
    if (known !== undefined) {
      known.more += 1;
      continue;
    }
    const place = resource === undefined ? '' : `${partitionName({ resource, partition })}: `;
    const line = `${place}${message} [${code}]`;
    kinds.set(kind, { line, help: `${ERRORS[code].help} [${code}]`, more: 0 });
  }
  const shown = [...kinds.values()].slice(0, MOST_FAILURES);
  const left = kinds.size - shown.length;
  return [
    ...shown.map(({ line, more }) =>
      more === 0 ? line : `${line} (and ${more.toString()} more like this)`,
    ),
    ...(left === 0 ? [] : [`The run report has ${left.toString()} more.`]),
    ...new Set(shown.map(({ help }) => help)),
  ];
}
