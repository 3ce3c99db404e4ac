import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server that runs on a data directory, as its lock file describes it. */
export interface ServerProcess {
  readonly pid: number;
  readonly port: number;
  /** `ready`, or `starting` or `stopping`. */
  readonly status: string;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Servers that end with this process. */
const companions = new Set<number>();

/** Reads the lock file; undefined when there is none or when its process is gone or another program. */
export function readServerProcess(data: string): ServerProcess | undefined {
  const lines = lockFile(data)?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !isServer(pid)) return undefined;
  return { pid, port: Number(lines[3]), status: lines[7]?.trim() ?? 'starting' };
}

/** True while the process exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ends the server when this process ends or is told to end; returns how to undo that. */
export function endWithThisProcess(pid: number): () => void {
  if (companions.size === 0) listen();
  companions.add(pid);
  return () => {
    companions.delete(pid);
    if (companions.size === 0) ignore();
  };
}

function lockFile(data: string): string | undefined {
  try {
    return readFileSync(join(data, 'postmaster.pid'), 'utf8');
  } catch {
    return undefined;
  }
}

/** After a crash the number of the server may belong to any other program. */
function isServer(pid: number): boolean {
  return isAlive(pid) && (process.platform === 'win32' || commandOf(pid).includes('postgres'));
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', pid.toString()], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid.toString()}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function listen(): void {
  process.on('exit', endCompanions);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function ignore(): void {
  process.off('exit', endCompanions);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Another listener means that the program ends in its own way: then the server goes at its exit. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endCompanions();
  ignore();
  process.kill(process.pid, signal);
}

/** SIGINT asks PostgreSQL for a fast shutdown. */
function endCompanions(): void {
  for (const pid of companions) {
    if (isServer(pid)) process.kill(pid, 'SIGINT');
  }
}
