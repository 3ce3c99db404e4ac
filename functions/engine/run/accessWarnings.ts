import { expiryNotice } from '../extract/expiry.ts';
import type { Identity } from '../extract/identity.ts';
import type { Inspection } from '../extract/inspectGitlab.ts';
import type { ServerCertificate } from '../extract/peerCertificate.ts';
import type { Rights } from '../state/rights.ts';

/** Everything that `check` looks at. */
export interface Access {
  readonly identity: Identity;
  readonly inspection: Inspection;
  readonly certificate: ServerCertificate | undefined;
  readonly rights: Rights;
}

const DAY_MILLISECONDS = 86_400_000;
const CERTIFICATE_DAYS = 30;
const MOST_SECONDS_APART = 60;
const OLDEST_POSTGRESQL = 140_000;
const MOST_NAMES = 5;

/** What works today and may not tomorrow, or works less well than it could: a sentence each. */
export function accessWarnings(access: Access, now: number): readonly string[] {
  return [
    ...tokenWarnings(access, now),
    ...instanceWarnings(access, now),
    ...databaseWarnings(access.rights),
  ];
}

function tokenWarnings({ identity, inspection }: Access, now: number): readonly string[] {
  const warnings: string[] = [];
  const expiry = expiryNotice(identity, now);
  if (expiry !== undefined) warnings.push(expiry);
  if (inspection.adminMode === 'refused') {
    warnings.push(
      `'${identity.username}' is an administrator, but GitLab refuses what administrators may read: with Admin Mode on, the token needs the scope 'admin_mode' too.`,
    );
  }
  if (identity.scopes?.includes('api') === true)
    warnings.push("The token has the scope 'api' and may write; 'read_api' is enough to load.");
  if (inspection.projects?.count === 0)
    warnings.push(`The token of '${identity.username}' sees no project.`);
  return warnings;
}

function instanceWarnings({ inspection, certificate }: Access, now: number): readonly string[] {
  const warnings: string[] = [];
  const { clockDifferenceSeconds = 0, keepsEncodedSlash } = inspection;
  if (Math.abs(clockDifferenceSeconds) > MOST_SECONDS_APART) {
    const word = clockDifferenceSeconds > 0 ? 'ahead of' : 'behind';
    warnings.push(
      `GitLab's clock is ${Math.abs(clockDifferenceSeconds).toString()} seconds ${word} this machine's; one of them is wrong.`,
    );
  }
  const days = certificate && (certificate.expiresAt.getTime() - now) / DAY_MILLISECONDS;
  if (certificate !== undefined && days !== undefined && days < CERTIFICATE_DAYS) {
    warnings.push(
      `The certificate of GitLab ends in ${Math.floor(days).toString()} days, on ${certificate.expiresAt.toISOString().slice(0, 10)}.`,
    );
  }
  if (keepsEncodedSlash === false) {
    warnings.push(
      "A proxy in front of GitLab makes '/' of '%2F': single objects whose name has a slash, such as branches, cannot be asked for by name; let it pass paths as they are (nocanon, AllowEncodedSlashes NoDecode).",
    );
  }
  return warnings;
}

function databaseWarnings({ versionNumber, ownedByOthers }: Rights): readonly string[] {
  const warnings: string[] = [];
  if (versionNumber < OLDEST_POSTGRESQL)
    warnings.push('The database is older than PostgreSQL 14, which the loader needs.');
  if (ownedByOthers.length > 0) {
    const names = ownedByOthers.slice(0, MOST_NAMES).join("', '");
    const more = ownedByOthers.length - MOST_NAMES;
    warnings.push(
      `The login does not own '${names}'${more > 0 ? ` and ${more.toString()} more tables` : ''} of the dataset, so it cannot add columns to them.`,
    );
  }
  return warnings;
}
