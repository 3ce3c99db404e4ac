import type { ResourceSpec } from '../model/resource.ts';
import type { ContractViolation } from '../model/schema.ts';
import type { AddedPage } from '../normalize/addedPage.ts';
import { addedUp, type BeyondDoubles } from '../normalize/beyondDouble.ts';
import type { Collision } from '../normalize/collisions.ts';
import { MOST_COLUMNS, OVERFLOW_COLUMN, type OverflowedRows } from '../normalize/overflow.ts';
import type { RunContext } from './context.ts';

/** Reports what pages of one resource needed beyond their table's schema, and what their tables could not hold. */
export interface NoticeTeller {
  /**
   * Every value or row that the contract left out is counted; each pair of keys with one name and each table that is
   * full are told once in an invocation.
   */
  add(added: AddedPage): void;
  /** Reports what is added up over all pages. */
  tell(): void;
}

/** Opens the teller of one resource. */
export function noticeTeller(
  { report, noticed }: Pick<RunContext, 'report' | 'noticed'>,
  { id }: ResourceSpec,
): NoticeTeller {
  let beyond: readonly BeyondDoubles[] = [];
  const notice = (message: string): void => {
    report({ event: 'problem', code: 'NOTICE', resource: id, message });
  };
  return {
    add: ({ violations = [], collisions = [], overflows = [], beyondDoubles = [] }) => {
      if (beyondDoubles.length > 0) beyond = addedUp([...beyond, ...beyondDoubles]);
      const lasting = [...collisions.map(ofCollision), ...overflows.map(ofOverflow)];
      const sentences = [
        ...violations.map(ofViolation),
        ...lasting.filter((message) => !noticed.has(`${id} ${message}`)),
      ];
      for (const message of new Set(sentences)) {
        noticed.add(`${id} ${message}`);
        notice(message);
      }
    },
    tell: () => {
      if (beyond.length > 0) notice(ofBeyondDoubles(beyond));
    },
  };
}

/** Columns that one sentence names; the numbers of all of them are counted. */
const MOST_NAMED = 10;

function ofBeyondDoubles(all: readonly BeyondDoubles[]): string {
  const named = all
    .slice(0, MOST_NAMED)
    .map(({ table, column, count }) => `${count.toString()} in '${table}.${column}'`);
  const others = all.slice(MOST_NAMED).reduce((sum, { count }) => sum + count, 0);
  const places = [...named, ...(others === 0 ? [] : [`${others.toString()} in others`])].join(', ');
  return `Numbers beyond the range of a double are stored as null: ${places}.`;
}

function ofViolation({ entity, mode, table, column, count }: ContractViolation): string {
  const what = mode === 'discard_row' ? 'rows' : 'values';
  const where = column === '' ? `table '${table}'` : `'${table}.${column}'`;
  const rule = entity === 'dataType' ? 'data_type' : entity;
  return `SCHEMA_CONTRACT ${rule}=${mode} left out ${count} ${what} for ${where}.`;
}

function ofCollision({ table, column, given }: Collision): string {
  return `Two keys of one row are named '${table}.${column}'; one of them is in '${given}'.`;
}

function ofOverflow({ table }: OverflowedRows): string {
  return `Table '${table}' has ${MOST_COLUMNS.toString()} columns; what its rows hold beyond them is in '${OVERFLOW_COLUMN}'.`;
}
