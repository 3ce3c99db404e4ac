import { groupRole, type Reader, visibleGroups } from '../access.ts';
import { type Context, groupOf, isSet, readerOf, word } from '../context.ts';
import type { JsonObject } from '../json.ts';
import { shownPage, wholeList } from '../pagination.ts';
import { json, refuse, type Reply } from '../reply.ts';
import { groupObject } from '../world/groups.ts';
import type { Group, World } from '../world/model.ts';
import { attributeList } from '../world/ownership.ts';

/** Groups that the reader may see, by name. */
export function listGroups(context: Context): Reply {
  const { world, viewer } = context;
  const order = word(context, 'order_by', { words: ['name', 'path', 'id'], fallback: 'name' });
  const direction =
    word(context, 'sort', { words: ['asc', 'desc'], fallback: 'asc' }) === 'asc' ? 1 : -1;
  const minimum = Number(context.query.get('min_access_level') ?? 0);
  const groups = visibleGroups(world, viewer.who)
    .filter((group) => groupRole(world, viewer.who, group) >= minimum)
    .filter((group) => !isSet(context, 'top_level_only') || group.parentId === null)
    .sort((one, other) => direction * compareGroups(one, other, order));
  const reader = readerOf(context);
  return shownPage(context, {
    values: groups,
    show: (group) => groupFor(world, reader, group),
    limitedType: 'Group',
  });
}

/** One group. */
export function showGroup(context: Context): Reply {
  const group = groupOf(context);
  return json({
    ...groupFor(context.world, readerOf(context), group),
    shared_with_groups: [],
    prevent_sharing_groups_outside_hierarchy: false,
  });
}

/** The custom attributes of a group, for administrators. */
export function groupAttributes(context: Context): Reply {
  const group = groupOf(context);
  if (context.viewer.who !== 'admin') throw refuse(403, '403 Forbidden');
  return wholeList(attributeList(group.customAttributes));
}

/** The group as this reader gets it; custom attributes only for administrators who ask. */
export function groupFor(world: World, { who, attributes }: Reader, group: Group): JsonObject {
  const isShown = attributes === 'with' && who === 'admin';
  return {
    ...groupObject(world, group),
    ...(isShown ? { custom_attributes: attributeList(group.customAttributes) } : {}),
  };
}

function compareGroups(one: Group, other: Group, order: string): number {
  if (order === 'id') return one.id - other.id;
  const key = order === 'path' ? 'fullPath' : 'name';
  if (one[key] === other[key]) return one.id - other.id;
  return one[key] < other[key] ? -1 : 1;
}
