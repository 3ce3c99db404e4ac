import type { Database } from '../sql/pool.ts';
import type { Moves } from './moves.ts';

/** Ends a wait that no move ends. */
interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}

/**
 * The database that `open` gives, without connections while the process is moved: what is under way before a move ends,
 * what comes meanwhile waits for its end, or for `signal`, and gets new connections.
 */
export function movable(
  open: () => Promise<Database>,
  { moves, signal }: { readonly moves: Moves; readonly signal: AbortSignal },
): Database {
  let away: Gate | undefined;
  let opened: Promise<Database> | undefined;

  async function current(): Promise<Database> {
    await away?.passed;
    opened ??= open();
    return opened.catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
  }

  async function drop(): Promise<void> {
    const left = await opened?.catch(() => undefined);
    opened = undefined;
    await left?.close();
  }

  const leave = (): void => {
    if (signal.aborted) return;
    away ??= closedGate();
    drop().catch(() => undefined);
  };
  const arrive = (): void => {
    away?.open();
    away = undefined;
  };
  const unsubscribe = moves.subscribe({ leave, arrive });
  signal.addEventListener('abort', arrive, { once: true });

  const through = (pick: (database: Database) => Database): Database => ({
    query: async (text, values) => pick(await current()).query(text, values),
    transaction: async (abort, work) => pick(await current()).transaction(abort, work),
    snapshot: async (abort, work) => pick(await current()).snapshot(abort, work),
    named: (name) => through((database) => database.named(name)),
    close: async () => {
      unsubscribe();
      signal.removeEventListener('abort', arrive);
      await drop();
    },
  });
  return through((database) => database);
}

function closedGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
