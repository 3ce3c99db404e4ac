import type { HookStatus } from '../../functions/engine/run/hookStatus.ts';
import type { InstalledHook } from '../../functions/engine/run/installHooks.ts';
import type { HookRepair } from '../../functions/engine/run/repairHooks.ts';
import { drawTable } from './summary.ts';

/** What became of every place, for people. */
export function describeInstalled(hooks: readonly InstalledHook[]): string {
  if (hooks.length === 0)
    return 'The token sees nothing in the scope, so there is no place for a webhook.';
  const rows = hooks.map(({ place, outcome, id, note }) => [
    ...[place, outcome, id?.toString() ?? '-'],
    note ?? '',
  ]);
  return drawTable(['place', 'outcome', 'webhook', 'note'], rows, [2]).trimEnd();
}

/** How every webhook of ours stands, for people. */
export function describeHookStatus(hooks: readonly HookStatus[]): string {
  if (hooks.length === 0)
    return 'No webhook of GitLab has the address WEBHOOK_URL; `hooks install` registers some.';
  const rows = hooks.map(({ place, id, alertStatus, disabledUntil, failed, lastFailed }) => [
    ...[place, id.toString(), alertStatus ?? '-', disabledUntil ?? '-', failed.toString()],
    lastFailed === null ? '-' : `${lastFailed.trigger}: ${lastFailed.status}`,
  ]);
  const head = ['place', 'webhook', 'status', 'disabled until', 'failed', 'last failed'];
  return drawTable(head, rows, [1, 4]).trimEnd();
}

/** What a repair did, for people. */
export function describeRepair({ hooks, behind }: HookRepair): string {
  if (hooks.length === 0) return 'Every webhook is well, and everything that was sent has arrived.';
  const rows = hooks.map(({ place, id, state, resent, notResent }) => [
    ...[place, id.toString(), state, resent.toString(), notResent.toString()],
  ]);
  const head = ['place', 'webhook', 'state', 'sent again', 'not sent again'];
  const projects =
    behind.length === 1 ? '1 project is' : `${behind.length.toString()} projects are`;
  return `${drawTable(head, rows, [1, 3, 4])}${projects} read again.`;
}
