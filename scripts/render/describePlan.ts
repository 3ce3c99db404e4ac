import type { Amount, ResourceEstimate } from '../../functions/engine/plan/estimate.ts';
import type { RunPlan } from '../../functions/engine/run/planRun.ts';
import { sizeText, timeText } from './amounts.ts';
import { drawTable } from './summary.ts';

const HEAD = ['resource', 'partitions', 'rows', 'requests', 'at least', 'size', 'by'];
const NUMBERS = [1, 2, 3, 4, 5];

/** A table of what would be read, and what all of it takes. */
export function describePlan(plan: RunPlan): string {
  const rows = plan.resources.map(rowOf);
  const lines = [
    plan.from === 'state'
      ? `A run into '${plan.dataset}' would now read:`
      : `Nothing has been loaded into '${plan.dataset}' yet; a first run would read, as far as a few requests tell:`,
    drawTable(HEAD, [...rows, totalRow(plan)], NUMBERS).trimEnd(),
    timeLine(plan),
    ...waitingLine(plan),
    ...(plan.adminOnly.length === 0
      ? []
      : [`Only an administrator's token would read: ${plan.adminOnly.join(', ')}.`]),
  ];
  return lines.join('\n');
}

function rowOf(estimate: ResourceEstimate): readonly string[] {
  const { resource, partitions, rows, requests, bytes, basis } = estimate;
  const more = estimate.goesOn ? '+' : '';
  return [
    ...[
      resource,
      partitions.toLocaleString('en'),
      `${amount(rows)}${more}`,
      `${amount(requests)}${more}`,
    ],
    ...[
      requests.atLeast.toLocaleString('en'),
      bytes === null ? '?' : `${sizeText(bytes)}${more}`,
      basis,
    ],
  ];
}

function totalRow({ total }: RunPlan): readonly string[] {
  const more = total.isComplete ? '' : '+';
  return [
    'together',
    total.partitions.toLocaleString('en'),
    `${amount(total.rows)}${more}`,
    `${amount(total.requests)}${more}`,
    total.requests.atLeast.toLocaleString('en'),
    `${sizeText(total.bytes)}${more}`,
    '',
  ];
}

function amount({ expected }: Amount): string {
  return expected === null ? '?' : expected.toLocaleString('en');
}

function timeLine({ total, requestsPerMinute, concurrency, requestsSent }: RunPlan): string {
  const limit =
    requestsPerMinute === null
      ? 'GitLab tells of no rate limit'
      : `${requestsPerMinute.toLocaleString('en')} requests a minute are allowed`;
  const word = total.isComplete ? 'About' : 'At least';
  return `${word} ${timeText(total.seconds)}, with ${concurrency.toString()} at a time; ${limit}. Planning took ${requestsSent.toString()} requests.`;
}

function waitingLine({ resources }: RunPlan): readonly string[] {
  const sum = (of: (estimate: ResourceEstimate) => number): number =>
    resources.reduce((total, estimate) => total + of(estimate), 0);
  const parts = [
    [sum(({ held }) => held), 'held by another run'],
    [sum(({ waiting }) => waiting), 'waiting because GitLab asked to'],
    [sum(({ halted }) => halted), 'halted'],
  ] as const;
  const told = parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count.toLocaleString('en')} ${what}`);
  return told.length === 0 ? [] : [`Not counted are partitions: ${told.join(', ')}.`];
}
