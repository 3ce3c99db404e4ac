import { Command, CommanderError } from 'commander';

import { LoaderError } from '../../functions/engine/model/errors.ts';
import { keepMemoryFlat } from '../../functions/engine/run/memory.ts';
import { addCatalogCommand } from './catalog.ts';
import { addCheckCommand } from './check.ts';
import { exitCodeOf, tellError } from './failure.ts';
import { addPlanCommand } from './plan.ts';
import { addResumeCommand } from './resume.ts';
import { addRotateTokenCommand } from './rotateToken.ts';
import { addRunCommand } from './run.ts';
import { addSchemaCommand } from './schema.ts';
import { addServeCommand } from './serve.ts';
import { addStatusCommand } from './status.ts';
import { addTakeoverCommand } from './takeover.ts';
import {
  type CommandContext,
  type Environment,
  hideMetadataWarnings,
  outliveReaders,
  output,
  trustNamedMetadataServer,
} from './terminal.ts';
import { addVerifyCommand } from './verify.ts';

/** What differs between the source and the bundle. */
export interface Entrance {
  /** Runs a command with settings that stand in for those which are not set, and ends what it started. */
  readonly around: (
    environment: Environment,
    work: (environment: Environment) => Promise<number>,
  ) => Promise<number>;
}

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
    await program(context).parseAsync([...argv]);
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

function program(context: CommandContext): Command {
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
  addRunCommand(command, context);
  addServeCommand(command, context);
  addCheckCommand(command, context);
  addPlanCommand(command, context);
  addRotateTokenCommand(command, context);
  addStatusCommand(command, context);
  addResumeCommand(command, context);
  addVerifyCommand(command, context);
  addSchemaCommand(command, context);
  addTakeoverCommand(command, context);
  addCatalogCommand(command);
  return command;
}
