import {
  cutAtCommit,
  cutAtMessage,
  endedBackends,
  fullConnections,
  stalled,
} from './faults/connections.ts';
import {
  droppedColumn,
  foreignDdl,
  lockedPartitions,
  lockedTable,
  readOnlySpell,
  restartedServer,
} from './faults/database.ts';
import { deadlock } from './faults/deadlock.ts';
import { fullDisk } from './faults/disk.ts';
import {
  rateLimit,
  resetSockets,
  serverErrors,
  slowAnswers,
  truncatedBodies,
} from './faults/gitlab.ts';
import {
  killAtMessage,
  killAtTime,
  slowZombie,
  smallBudget,
  terminateProcess,
  together,
  zombie,
} from './faults/processes.ts';
import type { Fault } from './site.ts';

/** Every fault by the name that `--fault` takes. */
export const FAULTS = {
  kill: killAtMessage,
  'kill-time': killAtTime,
  sigterm: terminateProcess,
  zombie,
  'slow-zombie': slowZombie,
  together,
  budget: smallBudget,
  'cut-commit': cutAtCommit,
  cut: cutAtMessage,
  stall: stalled,
  backends: endedBackends,
  connections: fullConnections,
  restart: restartedServer,
  'read-only': readOnlySpell,
  'lock-table': lockedTable,
  'lock-partitions': lockedPartitions,
  deadlock,
  'disk-full': fullDisk,
  ddl: foreignDdl,
  'drop-column': droppedColumn,
  'gitlab-500': serverErrors,
  'gitlab-429': rateLimit,
  'gitlab-reset': resetSockets,
  'gitlab-truncate': truncatedBodies,
  'gitlab-slow': slowAnswers,
} as const satisfies Readonly<Record<string, Fault>>;

/** The name of a fault. */
export type FaultName = keyof typeof FAULTS;

/** Those that take many seconds come less often. */
const SLOW: ReadonlySet<FaultName> = new Set(['slow-zombie', 'budget']);
const TURNS = 4;

/** Names to draw from, each as often as it is to come. */
export const DRAWN: readonly FaultName[] = (Object.keys(FAULTS) as FaultName[]).flatMap((name) =>
  Array.from({ length: SLOW.has(name) ? 1 : TURNS }, () => name),
);
