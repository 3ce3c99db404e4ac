import { type Context, integerParameter, NEWEST_FIRST, word } from '../context.ts';
import { valuesPage } from '../pagination.ts';
import { json, refuse, type Reply } from '../reply.ts';
import type { BulkImport, Who, World } from '../world/model.ts';
import { ADMIN_USER, MEMBER_USER } from '../world/users.ts';

const STATUSES = ['created', 'started', 'finished', 'timeout', 'failed', 'canceled'] as const;

/** The imports that belong to the reader, ids ascending. */
export function importsOf(world: World, who: Who): readonly BulkImport[] {
  const owner = who === 'admin' ? ADMIN_USER : MEMBER_USER;
  return world.bulkImports.filter(({ userId }) => userId === owner);
}

/** The reader's imports, newest first. */
export function listImports(context: Context): Reply {
  const imports = importsOf(context.world, context.viewer.who).map(({ source }) => source);
  return valuesPage(context, narrowed(context, imports));
}

/** One import of the reader. */
export function showImport(context: Context): Reply {
  return json(importOf(context).source);
}

/** The entities of one import. */
export function listImportEntities(context: Context): Reply {
  return valuesPage(context, narrowed(context, importOf(context).entities));
}

/** One entity of one import. */
export function showImportEntity(context: Context): Reply {
  const id = integerParameter(context, 'entity_id');
  const entity = importOf(context).entities.find((candidate) => candidate.id === id);
  if (entity === undefined) throw refuse(404, '404 Not found');
  return json(entity);
}

/** The entities of all of the reader's imports. */
export function listEntities(context: Context): Reply {
  const entities = importsOf(context.world, context.viewer.who).flatMap((found) => found.entities);
  return valuesPage(context, narrowed(context, entities));
}

function importOf(context: Context): BulkImport {
  const id = integerParameter(context, 'import_id');
  const found = importsOf(context.world, context.viewer.who).find(({ source }) => source.id === id);
  if (found === undefined) throw refuse(404, '404 Not found');
  return found;
}

function narrowed<T extends BulkImport['source']>(
  context: Context,
  rows: readonly T[],
): readonly T[] {
  const status = word(context, 'status', { words: STATUSES, fallback: '' });
  const kept = rows.filter((row) => status === '' || row.status === status);
  return word(context, 'sort', NEWEST_FIRST) === 'asc' ? kept : kept.toReversed();
}
