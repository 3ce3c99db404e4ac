import { setTimeout as sleep } from 'node:timers/promises';

import { LoaderError } from '../model/errors.ts';
import { type NamedSecret, openSecretApi, type SecretApi } from './secretApi.ts';

/** Secrets of Secret Manager, each asked for once and then remembered. */
export interface SecretManager {
  /**
   * Resolves to what is remembered, unless that is the value that was `refused`: then to what Secret Manager has now.
   * Throws E_GOOGLE or E_GOOGLE_ACCESS.
   */
  read(named: NamedSecret, refused?: string): Promise<string>;
  /** Adds a version and forgets what is remembered. */
  add(named: NamedSecret, value: string): Promise<void>;
}

/** How long what is remembered is believed, and how long is waited. */
export interface Patience {
  /** A rotation that nobody is refused for, such as that of a webhook's token, is noticed after so long. */
  readonly believedMilliseconds: number;
  /** How long an older value is believed again when Secret Manager is away. */
  readonly awayMilliseconds: number;
  /** Whoever replaces a secret ends the old one first, as GitLab does: the new version comes a moment later. */
  readonly secondLookMilliseconds: number;
  /** A run waits for no answer longer than for the database, whose logins wait for this. */
  readonly accessMilliseconds: number;
  /** Whoever has an older value that may serve waits less. */
  readonly refreshMilliseconds: number;
}

const PATIENCE: Patience = {
  believedMilliseconds: 300_000,
  awayMilliseconds: 30_000,
  secondLookMilliseconds: 2_000,
  accessMilliseconds: 8_000,
  refreshMilliseconds: 1_000,
};

interface Remembered {
  readonly value: string;
  isOld: boolean;
}

interface State {
  readonly api: SecretApi;
  readonly patience: Patience;
  readonly remembered: Map<string, Remembered>;
  readonly reading: Map<string, Promise<string>>;
}

/** Opens Secret Manager for a process; nothing is loaded or asked before the first secret is read. */
export function openSecretManager(
  environment: Readonly<Record<string, string | undefined>>,
  patience = PATIENCE,
): SecretManager {
  const state: State = {
    ...{ api: openSecretApi(environment), patience },
    ...{ remembered: new Map<string, Remembered>(), reading: new Map<string, Promise<string>>() },
  };
  return {
    async read(named, refused) {
      const known = state.remembered.get(keyOf(named));
      if (known !== undefined && !known.isOld && known.value !== refused) return known.value;
      const underWay = state.reading.get(keyOf(named));
      // It may have been asked for before the new version was there.
      const shared = underWay === undefined ? refused : await underWay;
      if (shared !== undefined && shared !== refused) return shared;
      return ask(state, named, refused);
    },
    async add(named, value) {
      await state.api.add(named, value);
      state.remembered.delete(keyOf(named));
    },
  };
}

function keyOf({ secret, version }: NamedSecret): string {
  return `${secret}/versions/${version}`;
}

/** Asks once for everybody who waits. */
function ask(state: State, named: NamedSecret, refused: string | undefined): Promise<string> {
  const key = keyOf(named);
  const asked =
    state.reading.get(key) ??
    fetched(state, named, refused).finally(() => {
      state.reading.delete(key);
    });
  state.reading.set(key, asked);
  return asked;
}

async function fetched(
  { api, patience, remembered }: State,
  named: NamedSecret,
  refused: string | undefined,
): Promise<string> {
  const believe = (value: string, milliseconds: number): string => {
    const entry = { value, isOld: false };
    remembered.set(keyOf(named), entry);
    setTimeout(() => {
      entry.isOld = true;
    }, milliseconds).unref();
    return value;
  };
  const known = remembered.get(keyOf(named))?.value;
  const serves = known !== undefined && known !== refused;
  const waited = serves ? patience.refreshMilliseconds : patience.accessMilliseconds;
  try {
    const value = await api.access(named, waited);
    if (value !== refused) return believe(value, patience.believedMilliseconds);
    await sleep(patience.secondLookMilliseconds);
    return believe(await api.access(named, waited), patience.believedMilliseconds);
  } catch (error) {
    if (!serves || !isAway(error)) throw error;
    return believe(known, patience.awayMilliseconds);
  }
}

function isAway(error: unknown): boolean {
  return error instanceof LoaderError && error.code === 'E_GOOGLE';
}
