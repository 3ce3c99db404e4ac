import { partitionName } from '../../functions/engine/model/partitionName.ts';
import type { Difference, ResourceCompleteness } from '../../functions/engine/run/completeness.ts';
import type { Repair } from '../../functions/engine/run/repairGitlab.ts';

const SHOWN_KEYS = 5;

/** How one resource compares with GitLab: a line that proves it, and lines for what differs or is not known. */
export function describeCompleteness(found: ResourceCompleteness): string {
  const { resource, expected, stored, counted, partitions, countedAt } = found;
  const missing = found.differences.filter((one) => isBroken(one)).length;
  const word = missing > 0 ? 'missing' : 'ok';
  const proof =
    countedAt === null
      ? 'GitLab does not tell how many rows there are'
      : `${count(stored)} of ${count(expected)} rows in ${count(counted)} of ${count(partitions)} partitions, counted since ${countedAt.toISOString()}`;
  const lines = [
    `${word.padEnd(8)}  ${resource}: ${proof}`,
    ...found.differences.flatMap((one) => differenceLines(one)),
    ...notices(found).map((notice) => `notice    ${resource}: ${notice}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Whether a partition lacks rows, or cannot be listed to see which. */
export function isBroken({ missing, problem }: Difference): boolean {
  return missing.length > 0 || problem !== undefined;
}

function differenceLines(difference: Difference): readonly string[] {
  const { expected, stored, quarantined, newer, missing, surplus, surplusKeys } = difference;
  const what = [
    `${count(stored)} of ${count(expected)}`,
    ...(quarantined > 0 ? [`${count(quarantined)} in quarantine`] : []),
    ...(missing.length > 0
      ? [
          `${count(missing.length)} missing: ${keys(
            missing.map(({ key }) => Object.values(key).map(String).join(' / ')),
            missing.length,
          )}`,
        ]
      : []),
    ...(newer > 0 ? [`${count(newer)} newer than the last scan, which the next run reads`] : []),
    ...(surplus > 0
      ? [`${count(surplus)} that GitLab does not list: ${keys(surplusKeys, surplus)}`]
      : []),
    ...(difference.problem === undefined ? [] : [difference.problem]),
  ];
  return [`            ${partitionName(difference)}: ${what.join('; ')}`];
}

function keys(shown: readonly string[], all: number): string {
  const first = shown.slice(0, SHOWN_KEYS).join(', ');
  return all > SHOWN_KEYS ? `${first}, …` : first;
}

function notices({ hidden, unread, untold, left, quarantined }: ResourceCompleteness) {
  const of = (number: number, what: string): readonly string[] =>
    number === 0 ? [] : [`${count(number)} ${what}`];
  return [
    ...of(hidden, 'partitions are not visible to the token'),
    ...of(unread, 'partitions were never read to their end, or are halted'),
    ...of(untold, 'partitions of which GitLab does not tell how many rows they have'),
    ...of(left, 'partitions were not asked about; --requests N asks about more'),
    ...of(quarantined, 'records are in quarantine instead of the table'),
  ];
}

/** What was done about one partition. */
export function describeRepair({ how, requests, fetched, missing, ...repair }: Repair): string {
  const left =
    repair.leftToSweep === 0
      ? ''
      : `; ${count(repair.leftToSweep)} that GitLab does not list are left to the next sweep`;
  const rest = missing === 0 ? '' : `; ${count(missing)} are still missing`;
  const why = repair.problem === undefined ? '' : `: ${repair.problem}`;
  return `repaired  ${partitionName(repair)}: ${HOW[how](fetched, requests)}${rest}${left}${why}\n`;
}

const HOW: Readonly<Record<Repair['how'], (rows: number, requests: number) => string>> = {
  rows: (rows, requests) => `${count(rows)} rows fetched with ${count(requests)} requests`,
  partition: (rows) => `${count(rows)} rows fetched by reading it again from its beginning`,
  held: () => 'another run holds it; repeat the command',
  nothing: () => 'nothing fetched',
};

function count(number: number): string {
  return number.toLocaleString('en');
}
