import type { BudgetPlace, BudgetWindow, RequestBudgets } from '../model/requestBudget.ts';

interface Used {
  readonly end: number;
  requests: number;
}

/** Budgets that nobody else shares, for a client without a state. */
export function ownBudgets(): RequestBudgets {
  const windows = new Map<string, Used>();

  function usedIn({ token, scope, start, seconds }: BudgetPlace & BudgetWindow): Used {
    const key = `${token} ${scope} ${start.toString()}`;
    const used = windows.get(key) ?? { end: start + seconds, requests: 0 };
    windows.set(key, used);
    return used;
  }

  return {
    lease(order) {
      const used = usedIn(order);
      const others = Math.max(0, order.observed - used.requests);
      const left = Math.min(order.most, order.limit - others) - used.requests;
      const granted = Math.max(0, Math.min(order.wanted, left));
      used.requests += granted;
      for (const [key, { end }] of windows) {
        if (end < order.start) windows.delete(key);
      }
      return Promise.resolve({ granted, pausedMilliseconds: 0 });
    },
    giveBack(rest) {
      usedIn(rest).requests -= rest.unused;
      return Promise.resolve();
    },
    pause: () => Promise.resolve(),
    pauses: () => Promise.resolve([]),
  };
}
