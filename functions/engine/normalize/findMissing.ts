import type { JsonObject } from '../model/json.ts';
import type { Page } from '../model/page.ts';
import type { Target } from '../model/position.ts';
import type { ContractViolation, Schema, SchemaUpdate } from '../model/schema.ts';
import type { NormalizerOptions } from './addedPage.ts';
import { addedUp, type BeyondDoubles } from './beyondDouble.ts';
import type { Chain } from './chains.ts';
import type { Collision } from './collisions.ts';
import { type ContractKeeper, contractKeeper } from './contract.ts';
import { discovery } from './discover.ts';
import { EXACT } from './encode.ts';
import { flattenRecord } from './flatten.ts';
import { prepare } from './prepare.ts';
import type { SecretFields } from './secretFields.ts';
import { rootShape } from './shape.ts';

const NO_COLUMNS: Target = {};

/** What is looked for: that which records need and the schema lacks. */
export interface Finding {
  readonly options: NormalizerOptions;
  readonly chains: readonly Chain[];
  readonly secrets: SecretFields;
  readonly schema: Schema;
  readonly rootAge: 'new' | 'known';
  readonly loadId: string;
}

/** What was found, and what the contract leaves out of it. */
export interface Missing {
  readonly update: SchemaUpdate;
  readonly violations: readonly ContractViolation[];
  readonly collisions: readonly Collision[];
  readonly beyondDoubles: readonly BeyondDoubles[];
}

/** Finds the tables and columns that exactly read records of a page need. Throws E_CONTRACT, and E_VALUE as `discovery`. */
export function findMissing(
  { options, chains, secrets, schema, rootAge, loadId }: Finding,
  { columns, appended }: Pick<Page, 'columns' | 'appended'>,
  records: readonly JsonObject[],
): Missing {
  const collisions: Collision[] = [];
  const beyond: BeyondDoubles[] = [];
  const keepers = chains.map(({ contract }) => contractKeeper(contract, loadId));
  const discoveries = chains.map((chain, index) => {
    const found = discovery(schema, {
      ...chain.found,
      fixed: chain.fixed,
      required: options.requiredColumns.get(chain.table) ?? chain.found.required,
      contract: keepers[index] as ContractKeeper,
      rootAge,
      collided: (collision) => collisions.push(collision),
      lostDigits: (found) => beyond.push(found),
    });
    return { found, shape: rootShape(chain.table, chain.nesting) } as const;
  });
  for (const record of records) {
    const { own, members } = prepare(record, { options, secrets, reading: EXACT });
    [[own], ...members].forEach((list, index) => {
      const chain = discoveries[index];
      if (chain === undefined) return;
      const into = {
        shape: chain.shape,
        sink: chain.found,
        names: 'apart' as const,
        ...(index === 0 ? { columns, ...(appended && { appended }) } : { columns: NO_COLUMNS }),
      };
      for (const member of list) flattenRecord(member, into);
    });
  }
  return {
    update: { tables: discoveries.flatMap(({ found }) => found.update().tables) },
    violations: keepers.flatMap((keeper) => keeper.violations()),
    collisions,
    beyondDoubles: addedUp(beyond),
  };
}
