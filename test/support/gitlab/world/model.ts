import type { JsonObject } from '../json.ts';
import type { Stock } from './stock.ts';

/** How big a world is; every field has a default. */
export interface WorldOptions {
  readonly seed?: number;
  readonly projects?: number;
  readonly jobs?: number;
  readonly branches?: number;
  readonly users?: number;
  readonly alerts?: number;
  /**
   * How many rows a shelf has, by its name, e.g. `{ issues: 60_000 }`: in all its projects or groups together, or on
   * average below each parent.
   */
  readonly rows?: Readonly<Record<string, number>>;
}

/** The sizes that a world was made with. */
export type WorldSize = Required<WorldOptions>;

/** An administrator's note on a user, group or project. */
export interface CustomAttribute {
  readonly key: string;
  readonly value: string;
}

/** A person or bot with an account. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly state: 'active' | 'blocked' | 'deactivated';
  readonly isAdmin: boolean;
  readonly bot: boolean;
  readonly email: string;
  /** Null when never set, empty when it was cleared. */
  readonly publicEmail: string | null;
  readonly commitEmail: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly customAttributes: readonly CustomAttribute[];
}

/** Somebody who asked to join a group or project. */
export interface AccessRequest {
  readonly userId: number;
  readonly requestedAt: number;
}

/** A badge of one group or one project. */
export interface Badge {
  readonly id: number;
  readonly name: string | null;
  readonly linkUrl: string;
  readonly imageUrl: string;
}

/** A group or subgroup. */
export interface Group {
  readonly id: number;
  readonly parentId: number | null;
  readonly name: string;
  readonly path: string;
  readonly fullName: string;
  readonly fullPath: string;
  readonly description: string;
  readonly visibility: 'private' | 'internal' | 'public';
  readonly createdAt: number;
  readonly customAttributes: readonly CustomAttribute[];
  readonly accessRequests: readonly AccessRequest[];
  readonly badges: readonly Badge[];
}

/** A CI job's row; its JSON is made from it when it is asked for. */
export interface Job {
  readonly id: number;
  readonly ordinal: number;
  readonly projectId: number;
  readonly pipeline: number;
  readonly position: number;
  readonly userId: number | null;
  readonly status: string;
  readonly createdAt: number;
  readonly erasedAt: number | null;
}

/** A branch's row; its JSON is made from it when it is asked for. */
export interface Branch {
  readonly name: string;
  readonly commit: number;
  readonly isDefault: boolean;
  readonly merged: boolean;
}

/** A monitoring alert with its pictures. */
export interface Alert {
  readonly id: number;
  readonly iid: number;
  readonly projectId: number;
  readonly node: JsonObject;
  readonly metricImages: readonly JsonObject[];
}

/** A project and everything in it; `jobs` ascend by id, `branches` by name, `alerts` descend. */
export interface Project {
  readonly id: number;
  readonly groupId: number;
  readonly name: string;
  readonly path: string;
  readonly description: string | null;
  readonly archived: boolean;
  readonly defaultBranch: string | null;
  readonly visibility: 'private' | 'internal' | 'public';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastActivityAt: number;
  readonly creatorId: number;
  readonly topics: readonly string[];
  readonly customAttributes: readonly CustomAttribute[];
  readonly accessRequests: readonly AccessRequest[];
  readonly badges: readonly Badge[];
  readonly alerts: readonly Alert[];
  readonly jobs: Job[];
  /** When each pipeline began, by its number. */
  readonly pipelines: number[];
  readonly branches: Branch[];
}

/** What every part of a new world is made from. */
export interface Beginning {
  readonly size: WorldSize;
  readonly webUrl: string;
  readonly users: readonly User[];
  readonly now: number;
}

/** Who a token speaks for. */
export type Who = 'admin' | 'member' | 'narrow';

/** A personal access token. */
export interface Token {
  readonly id: number;
  readonly text: string;
  readonly who: Who;
  readonly userId: number;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly state: 'active' | 'revoked' | 'expired';
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What belongs to the instance and to no project. */
export interface Instance {
  readonly appearance: JsonObject;
  readonly applications: readonly JsonObject[];
  readonly metadata: JsonObject;
  readonly planLimits: ReadonlyMap<string, JsonObject>;
  readonly migrations: Readonly<Record<'main' | 'ci', readonly JsonObject[]>>;
  readonly ciVariables: readonly JsonObject[];
  readonly clusters: readonly JsonObject[];
  readonly broadcastMessages: readonly JsonObject[];
}

/** A direct transfer from another GitLab, visible to the user who started it. */
export interface BulkImport {
  readonly userId: number;
  readonly source: JsonObject & { readonly id: number; readonly status: string };
  readonly entities: readonly (JsonObject & { readonly id: number; readonly status: string })[];
}

/** A simulated GitLab's content; change it with the functions of `mutations.ts` only. */
export interface World {
  readonly size: WorldSize;
  /** Where links in the objects point. */
  readonly webUrl: string;
  readonly clock: { milliseconds: number; version: number; nextJob: number; nextId: number };
  readonly users: Map<number, User>;
  readonly groups: Map<number, Group>;
  readonly projects: Map<number, Project>;
  readonly jobs: Map<number, number>;
  /** Full paths that projects had before they were renamed. */
  readonly formerPaths: Map<string, number>;
  readonly tokens: Map<string, Token>;
  /** The member's own roles by group and by project. */
  readonly groupRoles: Map<number, number>;
  readonly projectRoles: Map<number, number>;
  readonly bulkImports: BulkImport[];
  readonly stock: Stock;
  instance: Instance;
  /** Derived values of this version of the world. */
  readonly memo: Map<string, unknown>;
}

/** Computes a value once per version of the world. */
export function remember<T>(world: World, name: string, compute: () => T): T {
  if (world.memo.has(name)) return world.memo.get(name) as T;
  const value = compute();
  world.memo.set(name, value);
  return value;
}

/** Computes a value once per immutable object. */
export function perObject<K extends object, V>(compute: (world: World, object: K) => V) {
  const values = new WeakMap<K, V>();
  return (world: World, object: K): V => {
    const known = values.get(object);
    if (known !== undefined) return known;
    const value = compute(world, object);
    values.set(object, value);
    return value;
  };
}

/** The member of a map that is known to exist. */
export function existing<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`nothing has the key '${String(key)}'`);
  return value;
}
