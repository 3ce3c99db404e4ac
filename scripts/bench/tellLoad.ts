import { cpus } from 'node:os';

import { output } from '../commands/terminal.ts';
import { drawTable } from '../render/summary.ts';
import type { Floor } from './floor.ts';

/** What one run cost; CPU of the server is undefined where it cannot be read. */
export interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly requests: number;
  readonly written: number;
  readonly serverCpuSeconds: number | undefined;
}

/** What the benchmark has measured. */
export interface Measured {
  readonly jobs: string;
  readonly first: Cost;
  readonly second: Cost;
  readonly floor: Floor;
}

/** Prints the figures as a table, and again as the last line in JSON. */
export function tellLoad({ jobs, first, second, floor }: Measured): void {
  const floorSeconds = floor.fetchSeconds + floor.copySeconds;
  const floorRow = ['floor', floorSeconds.toFixed(2), '-', '-', '-', floor.pages.toString()];
  const head = [
    '',
    'wall s',
    'client CPU s',
    'server CPU s',
    'peak MB',
    'requests',
    'rows',
    'of the floor',
  ];
  const rows = [
    figures('first load', first, floorSeconds),
    figures('second load', second, floorSeconds),
    [...floorRow, floor.copiedRows.toLocaleString('en'), '1.00x'],
  ];
  output.line(
    `${Number(jobs).toLocaleString('en')} jobs, Node.js ${process.version}, ${cpus().length.toString()} cores`,
  );
  output.line(drawTable(head, rows, [1, 2, 3, 4, 5, 6, 7]).trimEnd());
  output.line(
    `floor: fetch and discard ${floor.fetchSeconds.toFixed(2)} s + COPY into identical tables ${floor.copySeconds.toFixed(2)} s`,
  );
  output.line(
    JSON.stringify({
      event: 'bench-load',
      jobs: Number(jobs),
      first,
      second,
      floor,
      ratio: first.seconds / floorSeconds,
    }),
  );
}

function figures(name: string, cost: Cost, floorSeconds: number): readonly string[] {
  const { seconds, cpuSeconds, serverCpuSeconds, peakMegabytes, requests, written } = cost;
  return [
    name,
    seconds.toFixed(2),
    cpuSeconds.toFixed(2),
    serverCpuSeconds?.toFixed(2) ?? '-',
    peakMegabytes.toFixed(0),
    requests.toString(),
    written.toLocaleString('en'),
    `${(seconds / floorSeconds).toFixed(2)}x`,
  ];
}
