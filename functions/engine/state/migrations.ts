import type { Sql } from '../sql/sql.ts';
import { accessGapTable } from './accessGaps.ts';
import { completenessTable } from './completeness.ts';
import { activityColumn } from './due.ts';
import { quarantineTables } from './quarantineTables.ts';
import { rateBudgetTable } from './rateBudgetTable.ts';
import { advanceFunction, loadClock, partitionGuard, recordFunction } from './stateFunctions.ts';
import type { StateNames } from './stateNames.ts';
import { diaryTables, historyTables, partitionTable } from './stateTables.ts';
import { sweepTables } from './sweepTables.ts';
import { takenOverTable } from './takenOver.ts';
import { webhookTables } from './webhookTables.ts';

/**
 * The steps that build the state schema; the number of steps done is its version.
 * Steps are only ever appended: two releases may run side by side.
 */
export const MIGRATIONS: readonly ((names: StateNames) => Sql)[] = [
  partitionTable,
  historyTables,
  diaryTables,
  loadClock,
  partitionGuard,
  advanceFunction,
  recordFunction,
  takenOverTable,
  quarantineTables,
  accessGapTable,
  sweepTables,
  activityColumn,
  rateBudgetTable,
  completenessTable,
  webhookTables,
];
