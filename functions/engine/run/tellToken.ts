import { expiryNotice } from '../extract/expiry.ts';
import type { Report } from '../model/events.ts';
import type { Choice } from '../plan/choose.ts';
import type { KnownIdentity } from './identify.ts';

/** Tells what the token may not read, and when it ends soon: once a run. */
export function tellToken(
  { report, now }: { readonly report: Report; readonly now: () => number },
  { adminOnly }: Choice,
  identity: KnownIdentity,
): void {
  if (adminOnly.length > 0) {
    const names = adminOnly.map(({ id }) => id).join(', ');
    const message = `The token of '${identity.username}' is not an administrator's; not asked for: ${names}.`;
    report({ event: 'problem', code: 'NOTICE', message });
  }
  const message = expiryNotice({ expiresAt: undefined, ...identity }, now());
  if (message !== undefined) report({ event: 'problem', code: 'NOTICE', message });
}
