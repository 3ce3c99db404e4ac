import { LoaderError } from '../model/errors.ts';
import type { Pacer } from './pacer.ts';

/** One token of the secret, and how it is paced. */
export interface Member {
  readonly token: string;
  readonly pacer: Pacer;
}

/** The tokens of the secret, which may hold several separated by commas. */
export interface TokenPool {
  /** Reads the secret, unless it was read before. */
  read(): Promise<readonly Member[]>;
  /** The tokens that GitLab has not refused; none before the secret was read. */
  readonly current: readonly Member[];
  /** False until the secret was read. */
  readonly isRead: boolean;
  /** The one for what depends on who asks: an administrator's where there is one, else the first. */
  leader(): Member | undefined;
  lead(token: string): void;
  /**
   * Reads the secret again because GitLab refused a token. `renewed` when the secret has others now, `dropped` when
   * the refused one is still in it: it is not used again.
   */
  refuse(member: Member): Promise<'renewed' | 'dropped'>;
  readonly all: readonly Member[];
}

interface State {
  /** Gives the secret; with the text that was refused, another one if there is one by now. */
  readonly read: (refused?: string) => Promise<string> | string;
  readonly pace: (token: string) => Pacer;
  readonly tellDropped: (remaining: number) => void;
  readonly refused: Set<string>;
  readonly pacers: Map<string, Pacer>;
  current: readonly Member[] | undefined;
  reading: Promise<readonly Member[]> | undefined;
  /** What was read last. */
  text: string | undefined;
  leader: string | undefined;
}

/** What a pool needs; `tellDropped` is called when a token was refused and others are left. */
export type TokenPoolOptions = Pick<State, 'read' | 'pace' | 'tellDropped'>;

/** Keeps the tokens that `read` gave until GitLab refuses one; `read` is then called once more. */
export function openTokenPool(options: TokenPoolOptions): TokenPool {
  const state: State = {
    ...{ ...options, refused: new Set<string>(), pacers: new Map<string, Pacer>() },
    ...{ current: undefined, reading: undefined, text: undefined, leader: undefined },
  };
  return {
    read: () => (state.current === undefined ? readMembers(state) : Promise.resolve(state.current)),
    get current() {
      return state.current ?? [];
    },
    get isRead() {
      return state.current !== undefined;
    },
    leader: () => state.current?.find(({ token }) => token === state.leader) ?? state.current?.[0],
    lead(token) {
      state.leader = token;
    },
    async refuse({ token }) {
      if (!includes(state.current, token)) return state.refused.has(token) ? 'dropped' : 'renewed';
      await readMembers(state);
      if (!includes(state.current, token)) return state.refused.has(token) ? 'dropped' : 'renewed';
      state.refused.add(token);
      const remaining = state.current?.filter((member) => member.token !== token) ?? [];
      state.current = remaining;
      if (remaining.length > 0) state.tellDropped(remaining.length);
      return 'dropped';
    },
    get all() {
      return [...state.pacers].map(([token, pacer]) => ({ token, pacer }));
    },
  };
}

function includes(members: readonly Member[] | undefined, token: string): boolean {
  return members?.some((member) => member.token === token) === true;
}

/** Reads the secret, once for everybody who waits for it. */
function readMembers(state: State): Promise<readonly Member[]> {
  state.reading ??= readTokens(state)
    .then((tokens) => {
      const members = tokens.filter((token) => !state.refused.has(token)).map(memberOf(state));
      state.current = members;
      return members;
    })
    .finally(() => {
      state.reading = undefined;
    });
  return state.reading;
}

function memberOf({ pacers, pace }: State): (token: string) => Member {
  return (token) => {
    const pacer = pacers.get(token) ?? pace(token);
    pacers.set(token, pacer);
    return { token, pacer };
  };
}

async function readTokens(state: State): Promise<readonly string[]> {
  state.text = await state.read(state.text);
  const tokens = state.text.split(/ *, */);
  if (tokens.every((token) => /^[\x21-\x7e]+$/.test(token))) return [...new Set(tokens)];
  throw new LoaderError(
    'E_GITLAB_AUTH',
    'GITLAB_TOKEN is empty or has characters that no token has.',
  );
}
