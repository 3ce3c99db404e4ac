import ts from 'typescript';

/** A source text in which one word of its SQL means something else. */
export interface SqlMutant {
  readonly line: number;
  /** What was replaced by what. */
  readonly change: string;
  readonly text: string;
}

/** Conditions that are turned round, left out or never fulfilled; each still is a statement that PostgreSQL takes. */
const REPLACEMENTS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\bwhere\b/g, 'where true or'],
  [/\bwhere\b/g, 'where false and'],
  [/\band\b/g, 'or'],
  [/\bnot exists\b/g, 'exists'],
  [/(?<!not )\bexists\b/g, 'not exists'],
  [/\bnot in\b/g, 'in'],
  [/(?<!not )\bin\b(?= \()/g, 'not in'],
  [/\bis not distinct from\b/g, 'is distinct from'],
  [/ = /g, ' <> '],
  [/ <> /g, ' = '],
  [/ < /g, ' <= '],
  [/ < /g, ' > '],
  [/ > /g, ' <= '],
  [/ desc\b/g, ' asc'],
  [/\bunion all\b/g, 'intersect'],
  [/\bselect distinct on \(\w+\)/g, 'select'],
  [/\btrue\b/g, 'false'],
  [/\bfalse\b/g, 'true'],
];

/** Every text that differs from the source in one condition of one template that is tagged `sql`. */
export function sqlMutants(source: string): readonly SqlMutant[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  return templateParts(file).flatMap(({ pos, end }) =>
    REPLACEMENTS.flatMap(([pattern, replacement]) =>
      [...source.slice(pos, end).matchAll(pattern)].map((found) => {
        const start = pos + found.index;
        const [word] = found;
        return {
          line: file.getLineAndCharacterOfPosition(start).line + 1,
          change: `${word.trim()} -> ${replacement.trim()}`,
          text: source.slice(0, start) + replacement + source.slice(start + word.length),
        };
      }),
    ),
  );
}

/** The parts between `${}` of all SQL. */
function templateParts(file: ts.SourceFile): readonly ts.TextRange[] {
  const parts: ts.TextRange[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isTaggedTemplateExpression(node) && node.tag.getText(file) === 'sql') {
      const { template } = node;
      if (ts.isNoSubstitutionTemplateLiteral(template)) parts.push(template);
      else parts.push(template.head, ...template.templateSpans.map(({ literal }) => literal));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return parts;
}
