import { updateRow } from '../shelves/mutations.ts';
import type { World } from '../world/model.ts';
import type { HookState } from './book.ts';

/** Which hook of a project or group is meant. */
export interface HookName {
  readonly kind: 'project' | 'group';
  readonly owner: number;
  readonly id: number;
}

/** Shows in the API whether a hook is enabled. */
export function showHookState(
  world: World,
  { kind, owner, id }: HookName,
  { disabledUntil }: HookState,
): void {
  updateRow(
    world,
    { name: `${kind}_hooks`, where: owner, id },
    {
      alert_status: disabledUntil === undefined ? 'executable' : 'temporarily_disabled',
      disabled_until: disabledUntil === undefined ? null : new Date(disabledUntil).toISOString(),
    },
  );
}
