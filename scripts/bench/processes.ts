import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A program of this repository in a process of its own. */
export interface Child {
  /** The last line of JSON that it has printed. */
  readonly lastLine: () => Promise<Readonly<Record<string, unknown>>>;
  /** The first line of JSON that it prints. */
  readonly firstLine: Promise<Readonly<Record<string, unknown>>>;
  readonly stop: () => void;
}

/** Starts a TypeScript file with Node.js; its errors go to this process's. */
export function startChild(
  file: string,
  parameters: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Child {
  const child = spawn(process.execPath, [file, ...parameters], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  const firstLine = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    reader.once('line', (line) => {
      resolve(parse(line));
    });
    child.once('error', reject);
  });
  reader.on('line', (line) => lines.push(line));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    firstLine,
    lastLine: async () => {
      const code = await ended;
      if (code !== 0)
        throw new Error(`${file} ended with exit code ${String(code)}: ${lines.at(-1) ?? ''}`);
      return parse(lines.at(-1) ?? '{}');
    },
    stop: () => {
      child.kill('SIGTERM');
    },
  };
}

function parse(line: string): Readonly<Record<string, unknown>> {
  return JSON.parse(line) as Readonly<Record<string, unknown>>;
}

const TICKS_PER_SECOND = 100;

/** CPU seconds of a process and its children, ended ones included; undefined where there is no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  try {
    const parents = new Map<number, readonly [number, number]>();
    for (const name of readdirSync('/proc')) {
      if (/^\d+$/.test(name)) parents.set(Number(name), readTimes(Number(name)));
    }
    let total = parents.get(pid)?.[1] ?? 0;
    for (const [parent, ticks] of parents.values()) if (parent === pid) total += ticks;
    return total / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}

/** The parent of a process and its CPU ticks with those of the children it has waited for. */
function readTimes(pid: number): readonly [number, number] {
  try {
    const stat = readFileSync(`/proc/${pid.toString()}/stat`, 'latin1');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15);
    return [fields[1] ?? 0, user + system + childUser + childSystem];
  } catch {
    return [0, 0];
  }
}
