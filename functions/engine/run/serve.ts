import { randomUUID } from 'node:crypto';

import { http, type Request, type Response } from '@google-cloud/functions-framework';

import { Connector } from '../alloydb/index.ts';
import type { Catalog } from '../catalog/selection.ts';
import { loadSettings } from '../config/loadSettings.ts';
import type { Environment } from '../config/settings.ts';
import { ERRORS, LoaderError } from '../model/errors.ts';
import type { Family } from '../model/resource.ts';
import type { RunReport, RunRequest } from '../model/run.ts';
import { logLine } from '../report/logLine.ts';
import { readCall } from '../trigger/call.ts';
import { invoke } from './invoke.ts';
import { keepMemoryFlat } from './memory.ts';

/**
 * Registers the function of a family: `POST` runs what is due of it. `parents` are the families whose resources
 * partition it; they are loaded first when they never were.
 */
export function serve(family: Family, parents: readonly Family[] = []): void {
  hideErrorPages();
  keepMemoryFlat();
  const catalog = Object.fromEntries([...parents, family].map((member) => [member.id, member]));
  http(
    family.id,
    familyHandler({
      family: family.id,
      catalog,
      environment: process.env,
      signal: neverAborted,
      connector: connectorFor(process.env),
    }),
  );
}

/** A connector that lives as long as the process, for settings that name an AlloyDB instance. */
export function connectorFor(environment: Environment): Connector | undefined {
  return (environment['ALLOYDB_INSTANCE'] ?? '') === '' ? undefined : new Connector();
}

/** What the function of a family runs with. */
export interface FamilyEntrance {
  readonly family: string;
  readonly catalog: Catalog;
  readonly environment: Environment;
  /** Ends runs that are under way. */
  readonly signal: AbortSignal;
  readonly connector: Connector | undefined;
}

/** The platform ends the process of a deployed function, not the run. */
const { signal: neverAborted } = new AbortController();

/** The framework answers a body that is no JSON by itself: with a stack unless it knows that this is production. */
export function hideErrorPages(): void {
  process.env['NODE_ENV'] ??= 'production';
}

/** Answers with the run report: 200 done or suspended, 400 a wrong request, 503 what a later call can mend, else 500. */
export function familyHandler(entrance: FamilyEntrance) {
  const { family, catalog, environment, signal, connector } = entrance;
  return async (request: Request, response: Response): Promise<void> => {
    try {
      const { rawBody: body = Buffer.alloc(0), headers } = request;
      const order = readCall({ body, headers }, family);
      requireOwn(order, catalog[family]);
      const report = await invoke(
        {
          settings: await loadSettings(environment),
          ...{ catalog, environment },
          report: (event) => {
            process.stdout.write(`${logLine(event, new Date())}\n`);
          },
          signal,
          now: Date.now,
          random: Math.random,
          uuid: randomUUID,
          connector,
        },
        order,
      );
      response.status(statusOf(report)).json(report);
    } catch (error) {
      const { status, code, message } = refusal(error);
      response.status(status).json({ code, message });
    }
  };
}

function requireOwn(
  { families = [], resources = [] }: RunRequest,
  family: Family | undefined,
): void {
  const other = families.find((name) => name !== family?.id);
  if (other !== undefined)
    throw new LoaderError('E_REQUEST', `This function is not that of family '${other}'.`);
  const own = Object.keys(family?.resources ?? {});
  const foreign = resources.find((name) => !own.includes(name));
  if (foreign === undefined) return;
  throw new LoaderError(
    'E_REQUEST',
    `This function has no resource named '${foreign}'; known: ${own.join(', ')}.`,
  );
}

function statusOf({ outcome, problems }: RunReport): number {
  if (outcome !== 'failed') return 200;
  return problems.some(({ code }) => code !== 'NOTICE' && ERRORS[code].kind === 'transient')
    ? 503
    : 500;
}

function refusal(error: unknown): {
  readonly status: number;
  readonly code: string;
  readonly message: string;
} {
  if (!(error instanceof LoaderError))
    return { status: 500, code: 'E_DEFECT', message: 'The loader has a defect.' };
  const { code, message } = error;
  if (code === 'E_REQUEST') return { status: 400, code, message };
  return { status: ERRORS[code].kind === 'transient' ? 503 : 500, code, message };
}
