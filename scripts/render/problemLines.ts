import type { RunProblem } from '../../functions/engine/model/run.ts';

/** One line per resource and kind of problem: the first of them, and how many more there are. */
export function problemLines(problems: readonly RunProblem[]): readonly string[] {
  const kinds = new Map<string, RunProblem[]>();
  for (const problem of problems) {
    const kind = `${problem.code} ${problem.resource ?? ''}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), problem]);
  }
  return [...kinds.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [problemLine(first, more.length)],
  );
}

function problemLine({ code, resource, message }: RunProblem, more: number): string {
  const mark = code === 'NOTICE' ? 'i' : '!';
  const place = resource === undefined ? '' : `${resource}: `;
  const others = more === 0 ? '' : ` (and ${more.toString()} more like this)`;
  return `${mark} ${place}${message}${others}`;
}
