import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import type { RunReport } from '../../functions/engine/model/run.ts';
import { EVERY_RUN, SEED_RESOURCES } from './seedResources.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCE = join(ROOT, 'scripts/cli.ts');
const LINKED = [
  'functions',
  'node_modules',
  'package-lock.json',
  'package.json',
  'scripts',
  'test',
];

/** How the command is started: a program of Node and the Node that runs it. */
export interface Entrance {
  readonly program: string;
  readonly node?: string;
  readonly flags?: readonly string[];
}

/** Settings of one command; nothing of the tests' own environment gets in but PATH. Without RESOURCES: the seed's. */
export type Environment = Readonly<Record<string, string>>;

/** What a command wrote and how it ended. */
export interface CliResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** A command at work. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<CliResult>;
  /** Resolves to the first line of stdout that contains the text; rejects when the command ends before. */
  readonly line: (text: string) => Promise<string>;
}

/** Names a directory that lives as long as a whole run of the tests: for what many of them can use. */
export const SHARED_DIRECTORY = 'TEST_SHARED_DIRECTORY';

/** Where tests make what is theirs alone: in memory where there is room. */
export function scratchDirectory(): string {
  return process.env[SHARED_DIRECTORY] ?? tmpdir();
}

/** The command as its source. */
export const source: Entrance = { program: SOURCE };

/** A directory that looks like the project but has its own `dist` and `.local`. */
export interface Workshop extends Disposable {
  /** A program of the project, run as if it stood there. */
  readonly entrance: (program: string) => Entrance;
  readonly directory: string;
}

/** Links the project's files into a new directory. */
export function openWorkshop(): Workshop {
  const directory = mkdtempSync(join(scratchDirectory(), 'cli-workshop-'));
  // The embedded database may run as a user that must get in.
  chmodSync(directory, 0o755);
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(directory, name));
  return {
    directory,
    entrance: (program) => ({
      program: join(directory, program),
      flags: ['--preserve-symlinks', '--preserve-symlinks-main'],
    }),
    [Symbol.dispose]: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

let built: Entrance | undefined;

/** The bundle where nothing else of the project is: built once for all tests, by the first worker that needs it. */
export function sharedBundle(): Entrance {
  const shared = process.env[SHARED_DIRECTORY];
  built ??= shared === undefined ? buildBundle() : builtOnce(join(shared, 'bundle'));
  return built;
}

/** Whoever makes the directory builds; the others wait until the bundle is there. */
function builtOnce(place: string): Entrance {
  const bundle = { program: join(place, 'dist', 'cli.cjs') };
  try {
    mkdirSync(place);
  } catch {
    const clock = new Int32Array(new SharedArrayBuffer(4));
    for (let waits = 0; !existsSync(bundle.program); waits += 1) {
      if (waits > 2_400) throw new Error('The bundle is not built in two minutes.');
      Atomics.wait(clock, 0, 0, 50);
    }
    return bundle;
  }
  renameSync(dirname(buildBundle(place).program), join(place, 'dist'));
  return bundle;
}

/** Builds the bundle with the project's own script and copies it to where nothing else of the project is. */
export function buildBundle(above = tmpdir()): Entrance & Disposable {
  using workshop = openWorkshop();
  const place = mkdtempSync(join(above, 'cli-bundle-'));
  const { program, flags = [] } = workshop.entrance('scripts/build.ts');
  execFileSync(process.execPath, [...flags, program]);
  cpSync(join(workshop.directory, 'dist'), place, { recursive: true });
  return {
    program: join(place, 'cli.cjs'),
    [Symbol.dispose]: () => {
      rmSync(place, { recursive: true });
    },
  };
}

/** The Node that the machine has besides the project's own, when it is 20 or later. */
export function machineNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders
    .filter((folder) => !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'));
  return candidates.find((file) => existsSync(file) && majorOf(file) >= 20);
}

function majorOf(node: string): number {
  const { stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return Number(/^v(\d+)\./.exec(stdout)?.[1]);
}

/** Without it, each start of the source strips the types of every module anew, and each start of a bundle compiles it. */
export function compileCache(): Environment {
  const directory = process.env[SHARED_DIRECTORY];
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: join(directory, 'compiled') };
}

/** Starts the command with arguments and these settings alone. */
export function startCli(
  { program, node = process.execPath, flags = [] }: Entrance,
  argv: readonly string[],
  environment: Environment,
): RunningCli {
  const startedAt = performance.now();
  const child = spawn(node, [...flags, program, ...argv], {
    cwd: tmpdir(),
    env: {
      PATH: process.env['PATH'],
      RESOURCES: SEED_RESOURCES,
      ...EVERY_RUN,
      ...compileCache(),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
    });
  }
  const ended = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ exitCode, ...written, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
  return { child, ended, line: (text) => firstLine({ child, ended, written }, text) };
}

interface Watched extends Pick<RunningCli, 'child' | 'ended'> {
  readonly written: { readonly stdout: string };
}

function firstLine({ child, ended, written }: Watched, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const found = written.stdout.split('\n').slice(0, -1);
      const line = found.find((candidate) => candidate.includes(text));
      if (line !== undefined) resolve(line);
    };
    child.stdout?.on('data', look);
    look();
    void ended.then((result) => {
      reject(new Error(`ended before '${text}': ${result.stderr}${result.stdout.slice(-2_000)}`));
    });
  });
}

/** Runs the command to its end. */
export function runCli(
  entrance: Entrance,
  argv: readonly string[],
  environment: Environment,
): Promise<CliResult> {
  return startCli(entrance, argv, environment).ended;
}

/** The events that were written; throws when a line is not JSON. */
export function eventsOf({ stdout }: Pick<CliResult, 'stdout'>): readonly CliEvent[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CliEvent);
}

/** One line of stdout. */
export interface CliEvent {
  readonly event: string;
  readonly message?: string;
}

/** The run report, which is the last line. */
export function reportOf(result: Pick<CliResult, 'stdout' | 'stderr'>): RunReport {
  const last = eventsOf(result).at(-1);
  if (last?.event !== 'run-report') throw new Error(`no run report: ${result.stderr}`);
  return last as CliEvent & RunReport;
}

/** Rows that a run wrote into all tables. */
export function rowsWritten({ resources }: RunReport): number {
  return Object.values(resources).reduce((sum, { written }) => sum + written, 0);
}
