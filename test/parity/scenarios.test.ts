import { existsSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { openPool } from '../../functions/engine/sql/pool.ts';
import { compareScenarios, type ScenarioVerdict } from '../../scripts/parity/verdicts.ts';
import { createDatabase } from '../support/postgres.ts';

const folder = path.resolve(process.cwd(), '../shared/golden/dlt');
const expectations = path.join(import.meta.dirname, 'expectations');

describe.skipIf(!existsSync(folder))('the recorded scenarios of dlt', () => {
  // G7
  test('make the same tables, or differ as test/parity/expectations says', async () => {
    await using created = await createDatabase();
    const database = openPool({ url: created.url, applicationName: 'parity', max: 4 });
    const verdicts: ScenarioVerdict[] = [];

    for await (const one of compareScenarios(database, { folder, expectations }))
      verdicts.push(one);
    await database.close();

    expect(verdicts.filter(({ verdict }) => verdict === 'differs')).toEqual([]);
    expect(verdicts.filter(({ verdict }) => verdict === 'on purpose').length).toBeLessThan(13);
    expect(verdicts.length).toBeGreaterThan(60);
  }, 120_000);
});
