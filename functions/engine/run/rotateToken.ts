import { readCertificates } from '../config/certificates.ts';
import type { Settings } from '../config/settings.ts';
import { parseBaseUrl } from '../extract/baseUrl.ts';
import { type Identity, probe } from '../extract/identity.ts';
import { openTransport } from '../extract/openTransport.ts';
import {
  requestRotation,
  ROTATING_SCOPES,
  type Rotation,
  rotationPath,
} from '../extract/rotate.ts';
import { LoaderError } from '../model/errors.ts';
import type { TokenSlot, TokenStore } from '../model/tokenStore.ts';
import { timeBudget } from './budget.ts';
import type { CheckEntrance } from './checkAccess.ts';
import { openClient } from './openRun.ts';

const DAY_MILLISECONDS = 86_400_000;
const LONGEST_DAYS = 365;
const ROTATE_SECONDS = 30;
const TIMEOUTS = {
  ...{ lookup: 10_000, connect: 10_000, secureConnect: 10_000 },
  ...{ socket: 60_000, response: 60_000, request: 60_000 },
};

/** What `rotate-token` did. */
export interface RotatedToken {
  readonly user: string;
  readonly place: string;
  readonly expires: string | null;
  /** A token of an earlier rotation was put in its place; no new one was asked for. */
  readonly finishedEarlier: boolean;
}

/** What the entrance hands over; without `days` a token lives as long as the one before. */
export interface RotationEntrance extends CheckEntrance {
  readonly store: TokenStore;
  readonly days: number | undefined;
}

/**
 * Replaces the token by a new one. The store is proved before GitLab is asked, for the old token ends with the answer;
 * the new one is durable before it is put in its place.
 */
export async function rotateToken(
  settings: Settings,
  entrance: RotationEntrance,
): Promise<RotatedToken> {
  const { store } = entrance;
  const earlier = await store.unfinished();
  if (earlier !== undefined) return finishEarlier(settings, entrance, earlier);
  const token = await settings.gitlabToken();
  const identity = await identityOf(settings, entrance);
  requireRotatingScope(identity);
  entrance.signal.throwIfAborted();
  const slot = await store.prepare(token);
  const rotation = await rotate(settings, entrance, { identity, token }).catch(
    async (error: unknown) => {
      await slot.discard();
      throw error;
    },
  );
  if (rotation.outcome !== 'rotated')
    throw await notRotated(settings, entrance, { rotation, slot });
  await keep(slot, rotation.token, store);
  return told(identity, store, { expiresAt: rotation.expiresAt, finishedEarlier: false });
}

/** Puts the token of a rotation that was killed in its place, if GitLab knows it. */
async function finishEarlier(
  settings: Settings,
  entrance: RotationEntrance,
  earlier: TokenSlot & { readonly token: string },
): Promise<RotatedToken> {
  const { store } = entrance;
  const gitlabToken = (): Promise<string> => Promise.resolve(earlier.token);
  const identity = await identityOf({ ...settings, gitlabToken }, entrance).catch(
    (error: unknown) => {
      if (!(error instanceof LoaderError && error.code === 'E_GITLAB_AUTH')) throw error;
      throw new LoaderError(
        'E_CONFIG',
        `GitLab refuses the token in ${earlier.rescue}, which an earlier rotation left; delete it when the one in ${store.place} is valid.`,
      );
    },
  );
  await earlier.install();
  return told(identity, store, { expiresAt: identity.expiresAt, finishedEarlier: true });
}

function told(
  { username }: Identity,
  { place }: TokenStore,
  { expiresAt, finishedEarlier }: { expiresAt: string | undefined; finishedEarlier: boolean },
): RotatedToken {
  return { user: username, place, expires: expiresAt ?? null, finishedEarlier };
}

async function identityOf(settings: Settings, entrance: CheckEntrance): Promise<Identity> {
  const budget = timeBudget(ROTATE_SECONDS, entrance);
  const client = await openClient({ settings, report: () => undefined, ...entrance }, budget);
  try {
    return await probe(client, entrance.signal);
  } finally {
    client.close();
  }
}

function requireRotatingScope({ username, scopes }: Identity): void {
  if (scopes?.some((scope) => ROTATING_SCOPES.includes(scope)) === true) return;
  throw new LoaderError(
    'E_GITLAB_AUTH',
    `The token of '${username}' may not replace itself: it needs the scope 'self_rotate' beside 'read_api'.`,
  );
}

/** From here on no signal ends the work: what GitLab answers must be kept. */
async function rotate(
  settings: Settings,
  { now, days }: RotationEntrance,
  { identity, token }: { readonly identity: Identity; readonly token: string },
): Promise<Rotation> {
  const allowHttp = settings.gitlabAllowHttp === 'true';
  const transport = openTransport({
    ...{ userAgent: 'gitlab-alloydb', timeouts: TIMEOUTS, maxBodyBytes: 1 << 20 },
    ...(await readCertificates(settings)),
  });
  const address = parseBaseUrl(settings.gitlabBaseUrl, { allowHttp });
  const lifetime = days ?? lifetimeOf(identity);
  const expiresAt = new Date(now() + lifetime * DAY_MILLISECONDS).toISOString().slice(0, 10);
  try {
    const path = rotationPath(identity);
    return await requestRotation({ address, transport }, { path, token, expiresAt });
  } finally {
    transport.close();
  }
}

/** Days that the token lives in all; GitLab would give a new one a week. */
function lifetimeOf({ createdAt, expiresAt }: Identity): number {
  const days = (Date.parse(expiresAt ?? '') - Date.parse(createdAt ?? '')) / DAY_MILLISECONDS;
  return Number.isNaN(days) ? LONGEST_DAYS : Math.min(LONGEST_DAYS, Math.max(1, Math.floor(days)));
}

async function notRotated(
  settings: Settings,
  entrance: RotationEntrance,
  { rotation, slot }: { readonly rotation: Rotation; readonly slot: TokenSlot },
): Promise<LoaderError> {
  await slot.discard();
  if (rotation.outcome === 'refused') {
    return new LoaderError(
      'E_GITLAB_AUTH',
      `GitLab refused to replace the token with status ${rotation.status.toString()}; the token is as it was.`,
    );
  }
  const isValid = await identityOf(settings, entrance).then(
    () => true,
    (error: unknown) => !(error instanceof LoaderError && error.code === 'E_GITLAB_AUTH'),
  );
  return isValid
    ? new LoaderError(
        'E_GITLAB_ANSWER',
        'GitLab did not answer the rotation; the token is as it was, as far as it can be asked.',
      )
    : new LoaderError(
        'E_GITLAB_AUTH',
        'GitLab replaced the token and its answer was lost on the way: the old one is not valid any more, so make a new one by hand.',
      );
}

async function keep(slot: TokenSlot, token: string, { place }: TokenStore): Promise<void> {
  try {
    await slot.keep(token);
  } catch {
    throw new LoaderError(
      'E_CONFIG',
      `GitLab replaced the token, and the new one could not be written to ${slot.rescue}: make a new one by hand.`,
    );
  }
  try {
    await slot.install();
  } catch {
    throw new LoaderError(
      'E_CONFIG',
      `GitLab replaced the token; the new one is in ${slot.rescue} and could not be moved to ${place}: move it there, or run rotate-token again.`,
    );
  }
}
