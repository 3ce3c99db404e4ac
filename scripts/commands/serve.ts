import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import { LoaderError } from '../../functions/engine/model/errors.ts';
import { parseResources, requireKnownGlobs } from '../../functions/engine/plan/resources.ts';
import { hideErrorPages } from '../../functions/engine/run/serve.ts';
import { type CommandContext, output } from './terminal.ts';

/** `serve`: every family's function on one local port. */
export function addServeCommand(program: Command, { signal, withSettings }: CommandContext): void {
  program
    .command('serve')
    .description(
      'serve every function on one local port: POST /<family>, POST /webhook for GitLab, GET /healthz',
    )
    .option('--port <number>', 'port on 127.0.0.1', '8080')
    .action(({ port }: { readonly port: string }) =>
      withSettings(async (environment) => {
        const { resources } = await loadSettings(environment);
        requireKnownGlobs(parseResources(resources), catalog);
        hideErrorPages();
        // The framework is large, and every other command does without it.
        const { listen } = await import('./listen.ts');
        const { url, close } = await listen(environment, portOf(port), signal);
        output.line(JSON.stringify({ event: 'serving', url }));
        await aborted(signal);
        await close();
        return 0;
      }),
    );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new LoaderError('E_REQUEST', `--port: expected an integer from 0 to 65535, got '${text}'.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resolved = (): void => {
      resolve();
    };
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', resolved, { once: true });
  });
}
