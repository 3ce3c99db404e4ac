import pg from 'pg';

import type { Branded } from '../model/ids.ts';
import type { Identifier } from './identifier.ts';

/** SQL text that contains nothing but constants and quoted names. */
export type Sql = Branded<'Sql'>;

/** Builds SQL text out of quoted names and other SQL text; values go through `$n`. A backslash is written twice. */
export function sql(text: TemplateStringsArray, ...parts: readonly (Identifier | Sql)[]): Sql {
  return String.raw({ raw: text }, ...parts) as Sql;
}

/** Joins names or pieces of SQL text by a comma, or by what `separator` says. */
export function joined(parts: Iterable<Identifier | Sql>, separator: Sql = sql`, `): Sql {
  return [...parts].join(separator) as Sql;
}

/** Quotes a string as a constant, for messages that take no parameters. */
export function literal(value: string): Sql {
  return pg.escapeLiteral(value) as Sql;
}
