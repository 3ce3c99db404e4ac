import type { Command } from 'commander';

import { catalog } from '../../functions/catalog.ts';
import { allResources } from '../../functions/engine/catalog/selection.ts';
import { drawTable } from '../render/summary.ts';
import { output } from './terminal.ts';

/** `catalog`: every resource that can be loaded. */
export function addCatalogCommand(program: Command): void {
  program
    .command('catalog')
    .description('list every resource')
    .option('--json', 'as JSON')
    .action(({ json }: { readonly json?: true }) => {
      const resources = allResources(catalog);
      if (json === true) {
        output.line(JSON.stringify(resources, undefined, 2));
        return;
      }
      const rows = resources.map(
        ({ id, family, path, table, primaryKey, pagination, cursor, on, access }) => [
          ...[id, family, path, table, primaryKey.join(', ') || '(one row)'],
          ...[pagination, cursor.kind, on, access],
        ],
      );
      const head = [
        'resource',
        'family',
        'path',
        'table',
        'key',
        'pagination',
        'cursor',
        'loaded on',
        'access',
      ];
      output.line(drawTable(head, rows, []).trimEnd());
    });
}
