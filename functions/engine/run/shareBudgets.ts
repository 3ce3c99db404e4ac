import { ownBudgets } from '../extract/ownBudgets.ts';
import type { RequestBudgets } from '../model/requestBudget.ts';
import type { Database } from '../sql/pool.ts';
import { forgetOldBudgets, rateBudgets } from '../state/rateBudget.ts';

/** Budgets that become those of all runs once the state is there. */
export interface SharedBudgets extends RequestBudgets {
  /** The state schema is up to date from now on. */
  share(): void;
}

/** Budgets of this run alone, until the state of the dataset exists. */
export function shareBudgets(database: Database, dataset: string): SharedBudgets {
  let budgets = ownBudgets();
  let hasOld = false;
  return {
    async lease(order) {
      if (hasOld) {
        hasOld = false;
        await forgetOldBudgets(database, dataset);
      }
      return budgets.lease(order);
    },
    giveBack: (rest) => budgets.giveBack(rest),
    pause: (pause) => budgets.pause(pause),
    pauses: (tokens) => budgets.pauses(tokens),
    share() {
      hasOld = true;
      budgets = rateBudgets(database, dataset);
    },
  };
}
