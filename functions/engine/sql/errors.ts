import pg from 'pg';

import { type ErrorCode, type ErrorDetails, LoaderError } from '../model/errors.ts';

/** The server a pool talks to. The password is only kept in order to remove it from messages. */
export interface Target {
  /** What messages call the server, e.g. `127.0.0.1:5432`. */
  readonly place: string;
  readonly database: string;
  readonly password: string;
  /** The one of the last login, where it may change. */
  readonly currentPassword?: () => string;
  /** Maps errors of a connection that something else than pg makes; undefined for any other error. */
  readonly dialError?: (error: unknown) => LoaderError | undefined;
}

const UNREACHABLE = new Set([
  ...['08000', '08001', '08003', '08004', '08006'],
  ...['25P03', '25P04', '53300', '57P01', '57P02', '57P03', '57P05'],
]);
const REFUSED_LOGIN = new Set(['28P01', '28000', '3D000']);
/** GL011: a newer row was written by an event while the package was under way. */
const RETRYABLE = new Set(['40P01', '40001', '55P03', '57014', '25006', 'GL011']);
const MESSAGE_LIMIT = 500;

/** The SQLSTATE of a server's error or of what it was mapped to; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.code;
  const state = error instanceof LoaderError ? error.details['sqlstate'] : undefined;
  return typeof state === 'string' ? state : undefined;
}

/** True when the same transaction may succeed if it is repeated: deadlocks, lock and statement timeouts, a switchover. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && RETRYABLE.has(state);
}

/** True when the connection broke or was never made, so that a new one may succeed. */
export function isConnectionGone(error: unknown): boolean {
  return error instanceof LoaderError && error.code === 'E_DATABASE_UNREACHABLE';
}

/** Turns an error of pg, of the server or of the socket into a LoaderError; returns defects as they are. */
export function databaseError(error: unknown, target: Target): unknown {
  const dialError = target.dialError?.(error);
  if (dialError !== undefined) return dialError;
  if (error instanceof pg.DatabaseError) return serverError(error, target);
  if (!(error instanceof Error) || error instanceof LoaderError || isDefect(error)) return error;
  if (error.message.startsWith('SASL')) return refusedLogin(error, target, {});
  return unreachable(error, target, {});
}

function serverError(error: pg.DatabaseError, target: Target): LoaderError {
  const state = error.code ?? 'XX000';
  const details = detailsOf(error, state);
  if (UNREACHABLE.has(state)) return unreachable(error, target, details);
  if (REFUSED_LOGIN.has(state)) return refusedLogin(error, target, details);
  const [code, problem] = refusal(state);
  const message = `${problem}: ${sentence(error, target)}`;
  return new LoaderError(code, message, { cause: publicCause(error, target), details });
}

function refusal(state: string): readonly [ErrorCode, string] {
  if (state === '42501') return ['E_DATABASE_RIGHT', 'The login lacks a right'];
  if (state === 'GL009') return ['E_STALE_LEASE', 'The database refused the package'];
  return ['E_DATABASE', 'The database refused a statement'];
}

function unreachable(error: Error, target: Target, details: ErrorDetails): LoaderError {
  const message = `No connection to ${nameOf(target)}: ${sentence(error, target)}`;
  return new LoaderError('E_DATABASE_UNREACHABLE', message, {
    cause: publicCause(error, target),
    details,
  });
}

function refusedLogin(error: Error, target: Target, details: ErrorDetails): LoaderError {
  const message = `The login to ${nameOf(target)} was refused: ${sentence(error, target)}`;
  return new LoaderError('E_DATABASE_AUTH', message, {
    cause: publicCause(error, target),
    details,
  });
}

/** What a log may show of a server's error: never `detail` or `where`, which quote rows. */
function detailsOf(error: pg.DatabaseError, sqlstate: string): ErrorDetails {
  const copied = /^COPY [^\n,]+, line \d+(?:, column [^\n:]+)?/.exec(error.where ?? '')?.[0];
  const facts = {
    schema: error.schema,
    table: error.table,
    column: error.column,
    constraint: error.constraint,
    where: copied,
  };
  const known = Object.entries(facts).filter(
    (fact): fact is [string, string] => fact[1] !== undefined,
  );
  return { sqlstate, ...Object.fromEntries(known) };
}

/** A copy with message, code and stack only: the original may carry rows, and addresses of every attempt. */
function publicCause(error: Error, target: Target): Error {
  const cause = new Error(redacted(messageOf(error), target));
  cause.name = error.name;
  if (error.stack !== undefined) cause.stack = redacted(error.stack, target);
  return 'code' in error ? Object.assign(cause, { code: error.code }) : cause;
}

function sentence(error: Error, target: Target): string {
  const text = redacted(messageOf(error), target).slice(0, MESSAGE_LIMIT);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** An AggregateError (one failure per address of a host) has no message of its own. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  const messages = error.errors.map((part: unknown) =>
    part instanceof Error ? part.message : String(part),
  );
  return messages.join('; ');
}

function redacted(text: string, { password, currentPassword }: Target): string {
  return [password, currentPassword?.() ?? ''].filter(isThere).reduce(withoutPassword, text);
}

function isThere(password: string): boolean {
  return password !== '';
}

function withoutPassword(text: string, password: string): string {
  return text.replaceAll(password, '***').replaceAll(encodeURIComponent(password), '***');
}

function nameOf({ place, database }: Target): string {
  return `database '${database}' at ${place}`;
}

/** TypeError and its like are mistakes in the program, never the network's. */
function isDefect(error: Error): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}
