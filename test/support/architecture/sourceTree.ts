import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

import ts from 'typescript';

/** One TypeScript file of the project. */
export interface Source {
  /** Below the project's root, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly string[];
}

/** A name that a file exports, with the statement that declares it. */
export interface Export {
  readonly name: string;
  readonly node: ts.Node;
  readonly kind: 'function' | 'value' | 'type';
}

const FOLDERS = ['functions', 'scripts', 'test'];

/** Reads every TypeScript file below the folders of the program. */
export function readSources(root: string): readonly Source[] {
  return FOLDERS.filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        posix.join(folder, name.replaceAll('\\', '/')),
      ),
    )
    .filter((path) => path.endsWith('.ts'))
    .sort()
    .map((path) => readSource(root, path));
}

/** The path that a relative import leads to; undefined for packages. */
export function importedPath(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined;
}

/** The names that a file declares and exports. */
export function exportsOf({ tree }: Source): readonly Export[] {
  return tree.statements.filter(isExported).flatMap(declared);
}

/** Visits a node and everything below it. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => {
    walk(child, visit);
  });
}

function readSource(root: string, path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  return { path, text, tree, imports: importsOf(tree) };
}

function importsOf(tree: ts.SourceFile): readonly string[] {
  const specifiers: string[] = [];
  walk(tree, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteral(specifier)) specifiers.push(specifier.text);
  });
  return specifiers;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
    return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments[0];
  }
  return undefined;
}

function isExported(node: ts.Statement): boolean {
  return (
    ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
  );
}

function declared(node: ts.Statement): readonly Export[] {
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.map(({ name, initializer }) => ({
      name: name.getText(),
      node,
      kind: initializer !== undefined && ts.isArrowFunction(initializer) ? 'function' : 'value',
    }));
  }
  if (ts.isFunctionDeclaration(node)) return named(node, 'function');
  if (ts.isClassDeclaration(node) || ts.isEnumDeclaration(node)) return named(node, 'value');
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node))
    return named(node, 'type');
  return [];
}

function named(
  node: ts.Statement & { readonly name?: ts.Identifier | undefined },
  kind: Export['kind'],
): readonly Export[] {
  return [{ name: node.name?.text ?? 'default', node, kind }];
}
