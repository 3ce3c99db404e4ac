import type { JsonObject } from '../json.ts';
import type { Random } from '../random.ts';
import type { Refusal } from '../reply.ts';
import type { Group, Project, World } from '../world/model.ts';
import type { Entry } from '../world/stock.ts';

/** Where rows of a shelf stand: in a project, in a group, in the instance, or below a row of another shelf. */
export interface Place {
  readonly project?: Project;
  readonly group?: Group;
  readonly parent?: { readonly shelf: Shelf; readonly entry: Entry };
}

/** What the JSON of a row is made from. */
export interface Making {
  readonly world: World;
  readonly place: Place;
  readonly entry: Entry;
  /** A stream of this row alone; asking again begins it anew. */
  readonly random: Random;
}

/** Filters of a list: their query parameters, and what they compare. */
export type Filter =
  /** `updated_after` and `updated_before`, both included. */
  | 'updated'
  /** The same, which GitLab takes with `order_by=updated_at` alone. */
  | 'updated-paired'
  /** `created_after` and `created_before`, both included. */
  | 'created'
  /** The same, which GitLab takes only together and at most 30 days apart. */
  | 'created-within-30-days'
  /** `since` and `until`, both included, against the creation. */
  | 'since'
  /** `after` and `before`, dates that are left out themselves, against the creation. */
  | 'dates';

/** One kind of object of GitLab: where it is listed, who may see it, how it looks, and where its rows are loaded. */
export interface Shelf {
  /** The resource's id in the catalogue, which mutations and sizes name too. */
  readonly name: string;
  /** The list below `/api/v4/`. */
  readonly path: string;
  /** The last segment of the path of a single row: the field that it takes; absent where there is none. */
  readonly single?: string;
  /** The path of a single row up to that segment, where it is not the list's. */
  readonly singlePath?: string;
  readonly table: string;
  /** Columns of the row's key: `project_id`, `group_id`, a parent's column, or fields of the object. */
  readonly key: readonly string[];
  readonly scope: 'project' | 'group' | 'instance';
  /** The shelf whose rows these stand below, and the parent's field that the path names. */
  readonly below?: { readonly shelf: Shelf; readonly field: string; readonly column: string };
  /** The least access level in the project or group; `admin` for the instance's. */
  readonly role: number | 'admin' | 'any';
  /** Refuses where the feature is switched off or not paid for. */
  readonly refusal?: (place: Place) => Refusal | undefined;
  /** Rows for each project, group or parent on average; `one` for one object instead of a list. */
  readonly size: number | 'one';
  /** Makes ids of different kinds different. */
  readonly series: number;
  /** `own`: the object's `id` is not the row's number. */
  readonly ids?: 'own';
  readonly make: (making: Making) => JsonObject;
  /** The first is what a list is ordered by unless it is asked for. */
  readonly orders?: readonly ('id' | 'created_at' | 'updated_at' | 'released_at' | 'name')[];
  readonly sort?: 'asc' | 'desc';
  readonly filters?: readonly Filter[];
  /** Query parameters that compare a field of the object; `all` lets everything pass. */
  readonly words?: Readonly<Record<string, string>>;
  readonly pages?: 'offset' | 'uncounted' | 'keyset-id' | 'keyset-name' | 'unpaged';
}

/** A shelf with the defaults of its kind. */
export function defineShelf(shelf: Shelf): Shelf {
  return shelf;
}

/** The project that rows stand in. */
export function projectIn({ project }: Place): Project {
  if (project === undefined) throw new RangeError('the place is in no project');
  return project;
}

/** The group that rows stand in. */
export function groupIn({ group }: Place): Group {
  if (group === undefined) throw new RangeError('the place is in no group');
  return group;
}

/** The row that rows stand below. */
export function parentIn({ parent }: Place): Entry {
  if (parent === undefined) throw new RangeError('the place is below no row');
  return parent.entry;
}
