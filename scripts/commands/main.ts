import { Command, CommanderError } from 'commander';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { keepMemoryFlat } from '../../functions/engine/run/memory.ts';
import { exitCodeOf, tellError } from './failure.ts';
import {
  type CommandContext,
  type Environment,
  hideMetadataWarnings,
  outliveReaders,
  output,
  trustNamedMetadataServer,
} from './terminal.ts';

/** What differs between the source and the bundle. */
export interface Entrance {
  /** Runs a command with settings that stand in for those which are not set, and ends what it started. */
  readonly around: (
    environment: Environment,
    work: (environment: Environment) => Promise<number>,
  ) => Promise<number>;
}

type AddCommand = (program: Command, context: CommandContext) => void;

/** Commands in the order in which help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  run: async () => (await import('./run.ts')).addRunCommand,
  serve: async () => (await import('./serve.ts')).addServeCommand,
  check: async () => (await import('./check.ts')).addCheckCommand,
  plan: async () => (await import('./plan.ts')).addPlanCommand,
  'rotate-token': async () => (await import('./rotateToken.ts')).addRotateTokenCommand,
  migrate: async () => (await import('./migrate.ts')).addMigrateCommand,
  status: async () => (await import('./status.ts')).addStatusCommand,
  resume: async () => (await import('./resume.ts')).addResumeCommand,
  verify: async () => (await import('./verify.ts')).addVerifyCommand,
  schema: async () => (await import('./schema.ts')).addSchemaCommand,
  takeover: async () => (await import('./takeover.ts')).addTakeoverCommand,
  hooks: async () => (await import('./hooks.ts')).addHooksCommand,
  catalog: async () => (await import('./catalog.ts')).addCatalogCommand,
};

const WRONG_USAGE = 78;
const STOPPED = 75;

/** The release; package.json says the same, which a test compares. */
export const VERSION = '0.1.0';

/** Runs the command line; resolves to the exit code and never throws. */
export async function main(argv: readonly string[], { around }: Entrance): Promise<number> {
  keepMemoryFlat();
  outliveReaders();
  hideMetadataWarnings();
  trustNamedMetadataServer();
  const stopper = new AbortController();
  const stop = (): void => {
    stopper.abort(new Error('stopped by a signal'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  let exitCode = 0;
  const context: CommandContext = {
    signal: stopper.signal,
    withSettings: async (work) => {
      exitCode = await around(process.env, work);
    },
  };
  try {
    await (await program(context, argv[2])).parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    if (stopper.signal.aborted && !(error instanceof LoaderError)) {
      output.error('Stopped by a signal; what was committed stays and a later run continues.\n');
      return STOPPED;
    }
    tellError(error);
    return exitCodeOf(error);
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

/** `error: unknown option '--x'` as a sentence, and where help is. */
function usageSentence(text: string): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ');
  const sentence = `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
  return `${sentence.replace(/[.?]?$/, (end) => (end === '' ? '.' : end))}\nSee --help for what there is. [E_REQUEST]\n`;
}

/** A verb needs its own command alone; help and misspelt verbs need all of them. */
function commandsFor(verb: string | undefined): readonly (() => Promise<AddCommand>)[] {
  const named = verb === undefined ? undefined : COMMANDS[verb];
  return named === undefined ? Object.values(COMMANDS) : [named];
}

async function program(context: CommandContext, verb: string | undefined): Promise<Command> {
  const command = new Command('gitlab-alloydb')
    .description(
      "Loads GitLab's REST API into AlloyDB for PostgreSQL. Settings are environment variables.",
    )
    .configureOutput({
      writeErr: output.error,
      outputError: (text, write) => {
        write(usageSentence(text));
      },
    })
    .version(VERSION)
    .exitOverride();
  for (const add of await Promise.all(commandsFor(verb).map((load) => load())))
    add(command, context);
  return command;
}
