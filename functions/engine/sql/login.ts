import pg from 'pg';

/** Gives what holds the password; with what was refused, something else if there is something else by now. */
export type LoginSource = (refused?: string) => Promise<string>;

/** The password of a pool's logins, which may change while the pool is open. */
export interface Login {
  /** For pg, which asks with each login. */
  readonly password: () => Promise<string>;
  /** The password that was given last. */
  readonly given: () => string;
  /** Connects, and once more if the server refused the password and the source has another one by now. */
  connect<T>(work: () => Promise<T>): Promise<T>;
}

const WRONG_PASSWORD = '28P01';

/** Opens a login; `passwordOf` takes the password out of what the source gives. */
export function openLogin(source: LoginSource, passwordOf = (text: string): string => text): Login {
  let given: string | undefined;

  async function take(refused?: string): Promise<string> {
    given = await source(refused);
    return given;
  }

  return {
    password: async () => passwordOf(await take()),
    given: () => (given === undefined ? '' : passwordOf(given)),
    connect: async (work) => {
      const before = given;
      try {
        return await work();
      } catch (error) {
        // Of many that were refused together, only the first has to ask.
        const refused = before ?? given;
        if (!isWrongPassword(error) || refused === undefined) throw error;
        if ((await take(refused)) === refused) throw error;
        return await work();
      }
    },
  };
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === WRONG_PASSWORD;
}
