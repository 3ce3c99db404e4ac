import { relative, sep } from 'node:path';

import type { Rule } from 'eslint';

import { forbiddenFile, forbiddenPackage } from './layers.ts';
import { importedPath } from './sourceTree.ts';

/** The borders between the layers as a rule of ESLint, so that an editor shows them too. */
export const layersRule: Rule.RuleModule = {
  meta: { type: 'problem', schema: [], messages: { forbidden: '{{reason}}.' } },
  create(context) {
    const from = relative(context.cwd, context.filename).split(sep).join('/');
    function check(source: unknown, node: Rule.Node): void {
      const specifier = literalOf(source);
      if (specifier === undefined) return;
      const target = importedPath(from, specifier);
      const reason =
        target === undefined ? forbiddenPackage(from, specifier) : forbiddenFile(from, target);
      if (reason !== undefined) context.report({ node, messageId: 'forbidden', data: { reason } });
    }
    return {
      ImportDeclaration: (node) => check(node.source, node),
      ImportExpression: (node) => check(node.source, node),
      ExportNamedDeclaration: (node) => check(node.source, node),
      ExportAllDeclaration: (node) => check(node.source, node),
    };
  },
};

function literalOf(source: unknown): string | undefined {
  if (typeof source !== 'object' || source === null || !('value' in source)) return undefined;
  return typeof source.value === 'string' ? source.value : undefined;
}
