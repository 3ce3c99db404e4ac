import type { Json } from './json.ts';

/** Arguments of a field, variables replaced by their values. */
export type Arguments = Readonly<Record<string, unknown>>;

/** One field that a document asks for. */
export interface Selection {
  readonly alias: string;
  readonly name: string;
  readonly given: Arguments;
  readonly fields: readonly Selection[];
}

/** A document that GitLab answers with `errors`. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

interface Reader {
  readonly tokens: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
  position: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\.\.\.|[A-Za-z_]\w*|[{}()$:!,[\]=@]/gu;

/** The fields that a query document asks for. */
export function parseQuery(
  document: string,
  variables: Readonly<Record<string, unknown>>,
): readonly Selection[] {
  const tokens = document.replaceAll(/#.*$/gmu, '').match(TOKEN) ?? [];
  const reader: Reader = {
    tokens: tokens.filter((token) => token !== ','),
    variables,
    position: 0,
  };
  skipHeader(reader);
  return selectionSet(reader);
}

/** Takes the selected fields out of a value; members that are functions are called with the arguments. */
export function select(value: unknown, fields: readonly Selection[], type: string): Json {
  if (Array.isArray(value)) return value.map((member: unknown) => select(member, fields, type));
  if (typeof value !== 'object' || value === null) return value as Json;
  if (fields.length === 0)
    throw new QueryError(
      `Field must have selections (field '${type}' returns an object but has no selections)`,
    );
  const source = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fields.map((field) => [field.alias, selectField(source, field, type)]));
}

function selectField(
  source: Readonly<Record<string, unknown>>,
  field: Selection,
  type: string,
): Json {
  if (field.name === '__typename') return type;
  if (!(field.name in source))
    throw new QueryError(`Field '${field.name}' doesn't exist on type '${type}'`);
  const member = source[field.name];
  const value: unknown =
    typeof member === 'function' ? (member as (given: Arguments) => unknown)(field.given) : member;
  const isList = Array.isArray(value) && value.every((entry) => typeof entry !== 'object');
  return isList ? (value as Json) : select(value, field.fields, field.name);
}

function skipHeader(reader: Reader): void {
  let depth = 0;
  while (depth > 0 || peek(reader) !== '{') {
    const token = next(reader);
    if (token === 'mutation') throw new QueryError('Mutations are not simulated');
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
  }
}

function selectionSet(reader: Reader): readonly Selection[] {
  expect(reader, '{');
  const fields: Selection[] = [];
  while (peek(reader) !== '}') fields.push(selection(reader));
  expect(reader, '}');
  return fields;
}

function selection(reader: Reader): Selection {
  const first = next(reader);
  if (first === '...') throw new QueryError('Fragments are not simulated');
  const isAliased = peek(reader) === ':';
  if (isAliased) expect(reader, ':');
  const name = isAliased ? next(reader) : first;
  const given = peek(reader) === '(' ? argumentList(reader) : {};
  const fields = peek(reader) === '{' ? selectionSet(reader) : [];
  return { alias: first, name, given, fields };
}

function argumentList(reader: Reader): Arguments {
  const given: Record<string, unknown> = {};
  expect(reader, '(');
  while (peek(reader) !== ')') {
    const name = next(reader);
    expect(reader, ':');
    given[name] = argument(reader);
  }
  expect(reader, ')');
  return given;
}

function argument(reader: Reader): unknown {
  const token = next(reader);
  if (token === '$') return reader.variables[next(reader)] ?? null;
  if (token.startsWith('"') || /^-?\d/u.test(token) || ['true', 'false', 'null'].includes(token))
    return JSON.parse(token);
  return token;
}

function peek(reader: Reader): string | undefined {
  if (reader.position >= reader.tokens.length)
    throw new QueryError('Parse error on end of document');
  return reader.tokens[reader.position];
}

function next(reader: Reader): string {
  const token = peek(reader) ?? '';
  reader.position += 1;
  return token;
}

function expect(reader: Reader, token: string): void {
  const found = next(reader);
  if (found !== token) throw new QueryError(`Parse error on "${found}", expected "${token}"`);
}
