import type { ObjectTurns } from './applyEvent.ts';

/** Events about the same object wait for each other, so that all but two of those that come together need not ask. */
export function objectTurns(): ObjectTurns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async inTurn(object, work) {
      const before = last.get(object) ?? Promise.resolve();
      const own = before.then(work, work);
      const settled = own.catch(() => undefined);
      last.set(object, settled);
      try {
        return await own;
      } finally {
        if (last.get(object) === settled) last.delete(object);
      }
    },
  };
}
