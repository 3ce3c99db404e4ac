import ts from 'typescript';

import { type Source, walk } from './sourceTree.ts';

const FILE_LINES = 250;
const FUNCTION_LINES = 50;

/** Files that are not under 250 lines. */
export function longFiles(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    return lines < FILE_LINES ? [] : [`${path} has ${lines.toString()} lines`];
  });
}

/** Functions that are not under 50 lines; the bodies of tests may be. */
export function longFunctions(sources: readonly Source[]): readonly string[] {
  return sources.filter(({ path }) => !/\.test(-d)?\.ts$/.test(path)).flatMap(longFunctionsOf);
}

function longFunctionsOf({ path, tree }: Source): readonly string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node)) return;
    const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line;
    const lines = tree.getLineAndCharacterOfPosition(node.end).line - first + 1;
    if (lines < FUNCTION_LINES) return;
    found.push(`${path}:${(first + 1).toString()} is a function of ${lines.toString()} lines`);
  });
  return found;
}
