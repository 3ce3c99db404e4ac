import type { Sql } from '../sql/sql.ts';
import { accessGapTable } from './accessGaps.ts';
import { completenessTable } from './completeness.ts';
import { activityColumn } from './due.ts';
import { quarantineTables } from './quarantineTables.ts';
import { rateBudgetTable } from './rateBudgetTable.ts';
import {
  advanceFunction,
  advanceGoneFunction,
  advanceInOrderFunction,
  loadClock,
  partitionGuard,
  recordFunction,
} from './stateFunctions.ts';
import type { StateNames } from './stateNames.ts';
import { diaryTables, historyTables, partitionTable } from './stateTables.ts';
import { sweepTables } from './sweepTables.ts';
import { takenOverTable } from './takenOver.ts';
import { webhookTables } from './webhookTables.ts';

/**
 * The steps that build the state schema; the number of steps done is its version. A release is known by the number of steps
 * that it has. Steps are only ever appended, and two releases run side by side while one replaces the other: so a step adds
 * tables, functions and columns with defaults, and leaves valid what a release without it goes on to write.
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
  advanceGoneFunction,
  advanceInOrderFunction,
];

/**
 * The oldest release that may go on working on state with all steps above. A step that older releases would spoil, one that
 * takes away or gives another meaning, raises this to its own number.
 */
export const COMPATIBLE_FROM = 15;
