import type { DatabaseSettings } from '../config/settings.ts';
import { GAP_CLASSES } from '../model/accessGap.ts';
import { type GapStatus, readGaps } from '../state/accessGaps.ts';
import { type CompletenessStatus, readCompleteness } from '../state/completenessLedger.ts';
import {
  type FailedPartition,
  type HaltedSweep,
  readFailing,
  readHalted,
  readHaltedSweeps,
} from '../state/halted.ts';
import { requireCurrentState } from '../state/migrate.ts';
import {
  hasState,
  readResourceStatus,
  readRunStatus,
  readViolations,
  type ResourceStatus,
  type RunStatus,
  type ViolationStatus,
} from '../state/overview.ts';
import { type QuarantineStatus, readQuarantine } from '../state/quarantine.ts';
import { readSweepStatus, type SweepStatus } from '../state/sweepStatus.ts';
import { type EventStatus, readEventStatus } from '../state/webhookEvents.ts';
import { openDatabase } from './openDatabase.ts';

/** How a dataset stands: its last runs, every resource, what GitLab refuses, what contracts left out, what could not be stored. All are empty before the first run. */
export interface DatasetStatus {
  readonly dataset: string;
  readonly runs: readonly RunStatus[];
  readonly resources: readonly ResourceStatus[];
  /** The first of those that are left alone until somebody resumes them; each resource says how many there are. */
  readonly halted: readonly FailedPartition[];
  /** The first of those that failed when they were last read and that a later run tries again. */
  readonly failing: readonly FailedPartition[];
  /** What GitLab refuses, by class and resource; `help` says what to do about it. */
  readonly gaps: readonly ExplainedGap[];
  /** The first of those whose deletions wait for a person. */
  readonly haltedSweeps: readonly HaltedSweep[];
  readonly sweeps: readonly SweepStatus[];
  /** How many rows GitLab told of and how many are stored; resources of which it tells nothing are left out. */
  readonly completeness: readonly CompletenessStatus[];
  readonly violations: readonly ViolationStatus[];
  readonly quarantine: readonly QuarantineStatus[];
  /** Events of webhooks that are kept, by what became of them. */
  readonly events: readonly EventStatus[];
}

/** Open gaps of one class with what the class means. */
export interface ExplainedGap extends GapStatus {
  readonly what: string;
  readonly help: string;
}

const MOST_PARTITIONS = 20;
const NOTHING = {
  runs: [],
  resources: [],
  halted: [],
  failing: [],
  gaps: [],
  haltedSweeps: [],
  sweeps: [],
  completeness: [],
  violations: [],
  quarantine: [],
  events: [],
} as const;

/** Reads the status of the settings' dataset; GitLab is not asked. */
export async function readStatus(settings: DatabaseSettings): Promise<DatasetStatus> {
  const { dataset } = settings;
  const applicationName = 'gitlab-alloydb/status';
  const database = await openDatabase(settings, { applicationName, max: 2 });
  try {
    if (!(await hasState(database, dataset))) return { ...NOTHING, dataset };
    await requireCurrentState(database, dataset);
    const runs = await readRunStatus(database, dataset);
    const resources = await readResourceStatus(database, dataset);
    const halted = await readHalted(database, dataset, MOST_PARTITIONS);
    const failing = await readFailing(database, dataset, MOST_PARTITIONS);
    const gaps = (await readGaps(database, dataset)).map(explained);
    const haltedSweeps = await readHaltedSweeps(database, dataset, MOST_PARTITIONS);
    const sweeps = await readSweepStatus(database, dataset);
    const completeness = await readCompleteness(database, dataset);
    const events = await readEventStatus({ database, dataset });
    const violations = await readViolations(database, dataset);
    const quarantine = await readQuarantine(database, dataset);
    const partitions = { halted, failing, haltedSweeps, gaps, completeness };
    return { dataset, runs, resources, ...partitions, sweeps, violations, quarantine, events };
  } finally {
    await database.close();
  }
}

function explained(gap: GapStatus): ExplainedGap {
  const { what, help } = GAP_CLASSES[gap.class];
  return { ...gap, what, help };
}
