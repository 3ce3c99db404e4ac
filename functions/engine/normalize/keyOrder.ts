import type { JsonObject, JsonValue } from '../model/json.ts';

const ORDERS = new WeakMap<object, readonly string[]>();
const INTEGER_KEY = /^\d{1,10}$/;

/** The keys of an exactly read object as they came. JavaScript itself puts those that are integers first. */
export function keysInOrder(object: JsonObject): readonly string[] {
  return ORDERS.get(object) ?? Object.keys(object);
}

/** Notes a key that is about to be put into an object; an order is only kept once one of its keys is an integer. */
export function orderWith(
  order: string[] | undefined,
  container: Readonly<Record<string, JsonValue>>,
  key: string,
): string[] | undefined {
  if (order === undefined && !INTEGER_KEY.test(key)) return undefined;
  const kept = order ?? Object.keys(container);
  if (order === undefined) ORDERS.set(container, kept);
  if (!Object.hasOwn(container, key)) kept.push(key);
  return kept;
}
