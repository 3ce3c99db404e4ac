/** Problems that leave the run a success: notices, what nobody could store or read, and what goes on later. */
export const TOLERATED: ReadonlySet<string> = new Set([
  'NOTICE',
  'E_QUARANTINED',
  'E_GITLAB_FORBIDDEN',
  'E_GITLAB_BUSY',
]);
