import { describe, expect, test } from 'vitest';

import { readSettings } from '../../../functions/engine/config/settings.ts';

function contractOf(text: string) {
  const problems: string[] = [];
  return { ...readSettings({ SCHEMA_CONTRACT: text }, problems), problems };
}

describe('SCHEMA_CONTRACT', () => {
  test.each([
    { text: '', tables: 'evolve', columns: 'evolve', dataType: 'evolve' },
    { text: 'freeze', tables: 'freeze', columns: 'freeze', dataType: 'freeze' },
    { text: 'columns=discard_row', tables: 'evolve', columns: 'discard_row', dataType: 'evolve' },
    {
      text: 'tables=evolve, columns=freeze,data_type=discard_value',
      tables: 'evolve',
      columns: 'freeze',
      dataType: 'discard_value',
    },
  ])('$text is read', ({ text, ...expected }) => {
    const { schemaContract, problems } = contractOf(text);

    expect(schemaContract).toEqual(expected);
    expect(problems).toEqual([]);
  });

  test.each(['frozen', 'columns', 'columns=frozen', 'rows=freeze', 'freeze,columns=evolve'])(
    '%s is a problem',
    (text) => {
      expect(contractOf(text).problems).toHaveLength(1);
    },
  );
});
