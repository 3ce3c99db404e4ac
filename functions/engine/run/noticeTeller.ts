import type { ResourceSpec } from '../model/resource.ts';
import type { ContractViolation } from '../model/schema.ts';
import type { AddedPage } from '../normalize/addedPage.ts';
import type { Collision } from '../normalize/collisions.ts';
import { MOST_COLUMNS, OVERFLOW_COLUMN, type OverflowedRows } from '../normalize/overflow.ts';
import type { RunContext } from './context.ts';

/**
 * Reports what pages needed beyond their table's schema: every value or row that the contract left out is counted, each
 * pair of keys with one name and each table that is full are told once in an invocation.
 */
export function noticeTeller(
  { report, noticed }: Pick<RunContext, 'report' | 'noticed'>,
  { id }: ResourceSpec,
): (added: AddedPage) => void {
  return ({ violations = [], collisions = [], overflows = [] }) => {
    const lasting = [...collisions.map(ofCollision), ...overflows.map(ofOverflow)];
    const sentences = [
      ...violations.map(ofViolation),
      ...lasting.filter((message) => !noticed.has(`${id} ${message}`)),
    ];
    for (const message of new Set(sentences)) {
      noticed.add(`${id} ${message}`);
      report({ event: 'problem', code: 'NOTICE', resource: id, message });
    }
  };
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
