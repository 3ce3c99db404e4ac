import type { Environment } from '../config/settings.ts';
import type { RunRequest } from '../model/run.ts';
import { readRequest } from '../trigger/request.ts';

/** The variable that brings a whole order, in the form of an HTTP body, to a task of a job. */
export const REQUEST_VARIABLE = 'RUN_REQUEST';

const STEP_MILLISECONDS = 200;
const LATEST_MILLISECONDS = 10_000;

/**
 * What a task of a job is to load: the order in RUN_REQUEST, else the families that its arguments or FAMILIES name, else
 * everything. It goes on until nothing is due and no other task holds a part of it. Throws E_REQUEST.
 */
export function jobRequest(argv: readonly string[], environment: Environment): RunRequest {
  const order = environment[REQUEST_VARIABLE]?.trim() ?? '';
  if (order !== '') return { ...readRequest(order, { trigger: 'job' }), until: 'done' };
  const listed = (environment['FAMILIES'] ?? '').split(',').map((name) => name.trim());
  const families = argv.length > 0 ? argv : listed.filter((name) => name !== '');
  return {
    trigger: 'job',
    ...(families.length === 0 ? {} : { families }),
    mode: 'incremental',
    until: 'done',
  };
}

/** Tasks of one job begin one after the other, so that hundreds of them do not connect in the same instant. */
export function startDelayMilliseconds(environment: Environment): number {
  const index = Number(environment['CLOUD_RUN_TASK_INDEX'] ?? '0');
  return Number.isInteger(index) ? Math.min(index * STEP_MILLISECONDS, LATEST_MILLISECONDS) : 0;
}
