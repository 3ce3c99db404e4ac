import { LoaderError } from '../model/errors.ts';

/** Gives the token and, when GitLab refuses it, the one that may have replaced it. */
export interface Credentials {
  current(): Promise<string>;
  /** The token to try after `refused`; undefined when nothing replaced it. */
  renewed(refused: string): Promise<string | undefined>;
}

/** Keeps the token that `read` gave until GitLab refuses it; `read` is then called once more. */
export function keepCredentials(read: () => Promise<string> | string): Credentials {
  let token: Promise<string> | undefined;

  async function readValid(): Promise<string> {
    const text = await read();
    if (/^[\x21-\x7e]+$/.test(text)) return text;
    throw new LoaderError(
      'E_GITLAB_AUTH',
      'GITLAB_TOKEN is empty or has characters that no token has.',
    );
  }

  async function current(): Promise<string> {
    token ??= readValid();
    try {
      return await token;
    } catch (error) {
      token = undefined;
      throw error;
    }
  }

  return {
    current,
    async renewed(refused) {
      if ((await current()) === refused) token = undefined;
      const next = await current();
      return next === refused ? undefined : next;
    },
  };
}
