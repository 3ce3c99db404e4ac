import { type Certificates, readCertificates } from '../config/certificates.ts';
import type { Settings } from '../config/settings.ts';
import { parseBaseUrl } from '../extract/baseUrl.ts';
import { expiryOf } from '../extract/expiry.ts';
import type { Identity } from '../extract/identity.ts';
import { inspectGitlab, type Visible } from '../extract/inspectGitlab.ts';
import { readServerCertificate, type ServerCertificate } from '../extract/peerCertificate.ts';
import type { TokenKind } from '../extract/tokenKind.ts';
import { parseScope } from '../plan/scope.ts';
import { readRights, type Rights } from '../state/rights.ts';
import { type Access, accessWarnings } from './accessWarnings.ts';
import { timeBudget } from './budget.ts';
import { identifyTokens } from './identify.ts';
import { openDatabase } from './openDatabase.ts';
import { openClient } from './openRun.ts';

const CHECK_SECONDS = 30;

/** What `check` found; a field that GitLab or the database does not tell is null. */
export interface AccessFindings extends Rights {
  readonly gitlab: string;
  readonly version: string | null;
  readonly edition: 'enterprise' | 'community' | null;
  readonly plan: string | null;
  readonly user: string;
  readonly tokenKind: TokenKind | null;
  readonly administrator: boolean;
  /** Whether the token may do what administrators may; null for others. */
  readonly adminMode: 'admitted' | 'refused' | null;
  readonly scopes: string | null;
  readonly expires: string | null;
  readonly expiresInDays: number | null;
  readonly projects: Visible | null;
  readonly groups: Visible | null;
  readonly rateLimitPerMinute: number | null;
  readonly rateLimitRemaining: number | null;
  readonly clockDifferenceSeconds: number | null;
  readonly certificate: ServerCertificate | null;
  readonly warnings: readonly string[];
}

/** What the entrance of a command hands over. */
export interface CheckEntrance {
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly random: () => number;
}

/** Asks GitLab and the database a few questions; throws the first thing that would make a run impossible. */
export async function checkAccess(
  settings: Settings,
  entrance: CheckEntrance,
): Promise<AccessFindings> {
  parseScope(settings.gitlabScope);
  const certificates = await readCertificates(settings);
  const client = await openClient(
    { settings, report: () => undefined, ...entrance },
    timeBudget(CHECK_SECONDS, entrance),
  );
  const database = await openDatabase(settings, {
    applicationName: 'gitlab-alloydb/check',
    max: 1,
  }).catch((error: unknown) => {
    client.close();
    throw error;
  });
  try {
    const identity = await identifyTokens(client, entrance.signal);
    const [inspection, certificate, rights] = await Promise.all([
      inspectGitlab(client, identity, entrance),
      serverCertificate(settings, certificates),
      readRights(database, settings.dataset),
    ]);
    const access = { identity, inspection, certificate, rights };
    return findings(settings.gitlabBaseUrl, access, entrance.now());
  } finally {
    client.close();
    await database.close();
  }
}

function serverCertificate(
  settings: Settings,
  certificates: Certificates,
): Promise<ServerCertificate | undefined> {
  const allowHttp = settings.gitlabAllowHttp === 'true';
  return readServerCertificate(parseBaseUrl(settings.gitlabBaseUrl, { allowHttp }), certificates);
}

function findings(gitlab: string, access: Access, now: number): AccessFindings {
  return {
    gitlab,
    ...tokenFindings(access, now),
    ...instanceFindings(access),
    ...access.rights,
    warnings: accessWarnings(access, now),
  };
}

function tokenFindings({ identity, inspection }: Access, now: number) {
  return {
    user: identity.username,
    tokenKind: identity.kind ?? null,
    administrator: identity.isAdmin,
    adminMode: inspection.adminMode ?? null,
    scopes: identity.scopes?.join(' ') ?? null,
    expires: identity.expiresAt ?? null,
    expiresInDays: expiryOf(identity.expiresAt, now)?.days ?? null,
  };
}

function instanceFindings({ identity, inspection, certificate }: Access) {
  const { plan, projects, groups, rateLimit, clockDifferenceSeconds } = inspection;
  return {
    ...editionOf(identity, plan),
    projects: projects ?? null,
    groups: groups ?? null,
    rateLimitPerMinute: rateLimit?.limitPerMinute ?? null,
    rateLimitRemaining: rateLimit?.remaining ?? null,
    clockDifferenceSeconds: clockDifferenceSeconds ?? null,
    certificate: certificate ?? null,
  };
}

function editionOf({ version, enterprise }: Identity, plan: string | undefined) {
  const edition = enterprise === true ? ('enterprise' as const) : ('community' as const);
  return {
    version: version ?? null,
    edition: enterprise === undefined ? null : edition,
    plan: plan ?? null,
  };
}
