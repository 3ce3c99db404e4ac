import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import type { getTestServer } from '@google-cloud/functions-framework/testing';

import { type CompiledModules, compiledModules } from './compiledModules.ts';
import { keepMemoryFlat } from './memory.ts';

/** What the framework's file exports, besides what functions need of it. */
interface Framework {
  /** The server that the framework's own command would start, without its handlers of signals. */
  readonly getTestServer: typeof getTestServer;
}

/** What the file of all functions exports. */
interface Functions {
  /** What FUNCTION_TARGET may be. */
  readonly targets: readonly string[];
  /** Evaluates all that a process leaves until it is needed. */
  readonly evaluate: () => void;
}

const FRAMEWORK = {
  specifier: '@google-cloud/functions-framework',
  file: 'framework.cjs',
} as const;
const FUNCTIONS = 'index.cjs';
const CONFIG_EXIT_CODE = 78;

/**
 * Serves the function that FUNCTION_TARGET names on PORT as the framework's own command does, but reads the framework from
 * one file, and both it and the functions as V8 has compiled them. With the argument `--compile` it serves nobody: it keeps
 * what V8 compiles in files beside them.
 */
export function startServer(folder: string): void {
  // V8 refuses what was compiled with other flags.
  keepMemoryFlat();
  const framework = (): unknown => modules.load(FRAMEWORK.file);
  const modules = compiledModules(folder, { [FRAMEWORK.specifier]: framework });
  if (process.argv.includes('--compile')) void compile(modules);
  else serveTarget(modules);
}

function serveTarget(modules: CompiledModules): void {
  const { getTestServer } = modules.load(FRAMEWORK.file) as Framework;
  const { targets } = modules.load(FUNCTIONS) as Functions;
  const { FUNCTION_TARGET: target = '', PORT: port = '8080' } = process.env;
  if (!targets.includes(target)) {
    refuse(`FUNCTION_TARGET is '${target}'; expected one of ${targets.join(', ')}.`);
    return;
  }
  // Node.js would take a text for the path of a socket.
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    refuse(`PORT is '${port}'; expected an integer from 0 to 65535.`);
    return;
  }
  // Until the first request nothing is at stake. A process that is the first of its container would ignore signals.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(0));
  getTestServer(target)
    .once('error', (error: NodeJS.ErrnoException) => {
      refuse(`PORT ${port} cannot be used (${error.code ?? error.message}).`);
    })
    .listen(Number(port));
}

/** Says in one sentence why nobody is served. */
function refuse(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = CONFIG_EXIT_CODE;
}

/** Functions that were called are kept with the rest, so a server is asked for its health first. */
async function compile(modules: CompiledModules): Promise<void> {
  const { getTestServer } = modules.load(FRAMEWORK.file) as Framework;
  const { targets, evaluate } = modules.load(FUNCTIONS) as Functions;
  const server = getTestServer(targets[0] ?? '').listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await (await fetch(`http://127.0.0.1:${port}/healthz`)).text();
  server.close();
  evaluate();
  modules.keep();
}
