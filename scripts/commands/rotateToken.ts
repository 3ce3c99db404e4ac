import { type Command, InvalidArgumentError } from 'commander';

import { findTokenStore } from '../../functions/engine/config/findTokenStore.ts';
import { loadSettings } from '../../functions/engine/config/loadSettings.ts';
import { rotateToken } from '../../functions/engine/run/rotateToken.ts';
import { type CommandContext, isForPeople, output } from './terminal.ts';

const MOST_DAYS = 400;

/** `rotate-token`: a new token in the place of the old one, which ends. */
export function addRotateTokenCommand(
  program: Command,
  { signal, withSettings }: CommandContext,
): void {
  program
    .command('rotate-token')
    .description(
      'let GitLab replace the token, and store the new one in GITLAB_TOKEN_FILE or _SECRET',
    )
    .option(
      '--days <n>',
      'how long the new one lives; as long as the old one by default',
      parseDays,
    )
    .option('--json', 'as JSON')
    .action(({ json, days }: { readonly json?: true; readonly days?: number }) =>
      withSettings(async (environment) => {
        const store = findTokenStore(environment);
        const settings = await loadSettings(environment);
        const entrance = { signal, now: Date.now, random: Math.random, store, days };
        const { user, place, expires, finishedEarlier } = await rotateToken(settings, entrance);
        const what = finishedEarlier ? 'of an earlier rotation ' : '';
        output.line(
          json !== true && isForPeople(environment)
            ? `The new token of '${user}' ${what}is in ${place}, valid until ${expires ?? 'it is revoked'}.`
            : JSON.stringify({ event: 'token-rotated', user, place, expires, finishedEarlier }),
        );
        return 0;
      }),
    );
}

function parseDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= MOST_DAYS) return days;
  throw new InvalidArgumentError(`expected an integer from 1 to ${MOST_DAYS.toString()}.`);
}
