import type {
  Binding,
  CursorSpec,
  DeclaredColumn,
  GraphqlSpec,
  MergeStrategy,
  Pagination,
  RowCondition,
  Scope,
  Split,
  WriteDisposition,
} from '../model/resource.ts';
import type { SchemaContract } from '../model/schema.ts';
import type { RecordType } from './bindings.ts';

/** What an author may say about a resource; everything else has a default. */
export interface ResourceInput {
  readonly path: string;
  readonly table: string;
  readonly record: RecordType<object>;
  /** Columns that identify a row; an empty list means that the table holds one row. */
  readonly primaryKey: readonly string[];
  readonly single?: string;
  readonly singleOnly?: readonly string[];
  readonly replaces?: readonly string[];
  readonly bind?: Readonly<Record<string, Binding>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly adminQuery?: Readonly<Record<string, string>>;
  readonly memberQuery?: Readonly<Record<string, string>>;
  /** More bound parameters that become columns, beside those of the key and the partition. */
  readonly keep?: readonly string[];
  /** Fields of the parent that become columns `_<parent>_<field>` of every row. */
  readonly includeFromParent?: readonly string[];
  readonly pagination?: Pagination;
  readonly graphql?: GraphqlSpec;
  readonly cursor?: CursorSpec;
  readonly dueBy?: 'schedule' | 'activity' | 'rhythm';
  readonly dueWhile?: RowCondition;
  readonly sweepEvery?: number | 'never';
  readonly writeDisposition?: WriteDisposition;
  readonly mergeStrategy?: MergeStrategy;
  readonly mergeKey?: readonly string[];
  readonly hardDelete?: string;
  readonly dedupSort?: { readonly column: string; readonly keep: 'highest' | 'lowest' };
  readonly declaredColumns?: readonly DeclaredColumn[];
  readonly contract?: Partial<SchemaContract>;
  readonly on?: 'schedule' | 'demand';
  readonly access?: 'any' | 'admin';
  readonly absent?: Readonly<Partial<Record<400 | 403 | 404 | 503, string>>>;
  readonly secretFields?: readonly string[];
  readonly splits?: readonly Split[];
  readonly discovers?: { readonly scope: Scope; readonly pathField: string };
}

/** A sentence in place of a type: whatever is assigned to it fails to compile and shows the sentence. */
export interface CatalogError<Sentence extends string> {
  readonly catalogError: Sentence;
}

type Braced<Text> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Braced<Rest>
  : never;

type QueryOf<S> = S extends { readonly query: infer Q } ? Q[keyof Q] : never;

/** The parameters that a path and its query name in braces, or that a GraphQL document takes. */
type ParametersOf<S extends ResourceInput> = Braced<S['path']> | Braced<QueryOf<S>>;

type BoundOf<S> = S extends { readonly bind: infer B } ? keyof B & string : never;

type RowOf<S> = S extends { readonly record: RecordType<infer Row> } ? keyof Row & string : never;

type ColumnsOf<S> = RowOf<S> | BoundOf<S>;

type BindingCheck<R, B> = B extends {
  readonly from: 'parent';
  readonly resource: infer P;
  readonly field: infer F;
}
  ? P extends keyof R
    ? F extends ColumnsOf<R[P]>
      ? B
      : CatalogError<`resource '${P & string}' has no field '${F & string}'`>
    : CatalogError<`no resource named '${P & string}' in this family`>
  : B;

type BindCheck<R, S extends ResourceInput> = {
  readonly [P in ParametersOf<S>]: P extends BoundOf<S>
    ? BindingCheck<R, S['bind'] extends Readonly<Record<string, unknown>> ? S['bind'][P] : never>
    : CatalogError<`parameter '${P}' is not bound`>;
} & {
  readonly [P in Exclude<BoundOf<S>, ParametersOf<S>>]: S extends { readonly graphql: GraphqlSpec }
    ? unknown
    : CatalogError<`'${P}' is bound, but neither path nor query names it`>;
};

type NamesCheck<Names, Allowed extends string> = {
  readonly [I in keyof Names]: Names[I] extends Allowed
    ? Names[I]
    : CatalogError<`no field or parameter named '${Names[I] & string}'`>;
};

/** The resources that a resource is bound to; never without such a binding. */
type ParentOf<R, S> = S extends { readonly bind: infer B }
  ? {
      [P in keyof B]: B[P] extends {
        readonly from: 'parent';
        readonly resource: infer N extends keyof R;
      }
        ? R[N]
        : never;
    }[keyof B]
  : never;

type ParentRowOf<R, S> = RowOf<ParentOf<R, S>>;

type ParentColumnsOf<R, S> = ColumnsOf<ParentOf<R, S>>;

type IncludeCheck<R, S> = S extends { readonly includeFromParent: infer K }
  ? {
      readonly includeFromParent: [ParentColumnsOf<R, S>] extends [never]
        ? CatalogError<'no parent is bound whose fields could be included'>
        : {
            readonly [I in keyof K]: K[I] extends ParentColumnsOf<R, S>
              ? K[I]
              : CatalogError<`the parent has no field '${K[I] & string}'`>;
          };
    }
  : unknown;

type ConditionCheck<W, Allowed extends string> = {
  readonly [F in keyof W]: F extends Allowed
    ? W[F]
    : CatalogError<`no field named '${F & string}' to reread by`>;
};

type CursorCheck<R, S> = S extends { readonly cursor: infer C }
  ? { readonly cursor: CursorFields<C, RowOf<S>, ParentRowOf<R, S>, IncludedOf<S>> }
  : unknown;

type CursorFields<C, Row extends string, ParentRow extends string, Included> = C extends {
  readonly kind: 'newest-first';
  readonly field: infer F;
  readonly rereadWhile: infer W;
}
  ? F extends Row
    ? { readonly rereadWhile: ConditionCheck<W, Row> }
    : CatalogError<`no field named '${F & string}' for the cursor`>
  : C extends {
        readonly kind: 'walking' | 'windowed' | 'newest-changed-first';
        readonly field: infer F;
      }
    ? F extends Row
      ? unknown
      : CatalogError<`no field named '${F & string}' for the cursor`>
    : C extends { readonly kind: 'changed-parents'; readonly by: infer B }
      ? B extends Included
        ? unknown
        : CatalogError<`'${B & string}' is not included from the parent`>
      : C extends { readonly kind: 'changed-parents'; readonly rereadWhile: infer W }
        ? { readonly rereadWhile: ConditionCheck<W, ParentRow> }
        : unknown;

type IncludedOf<S> = S extends { readonly includeFromParent: readonly (infer K)[] } ? K : never;

type KeepCheck<S> = S extends { readonly keep: infer K }
  ? { readonly keep: NamesCheck<K, BoundOf<S>> }
  : unknown;

type SecretsCheck<S> = S extends { readonly secretFields: infer K }
  ? { readonly secretFields: NamesCheck<K, RowOf<S>> }
  : unknown;

type SingleCheck<S> = S extends { readonly single: infer P }
  ? [Exclude<Braced<P>, ColumnsOf<S>>] extends [never]
    ? unknown
    : {
        readonly single: CatalogError<`no field or parameter named '${Exclude<Braced<P>, ColumnsOf<S>>}'`>;
      }
  : unknown;

type NeedsBind<R, S extends ResourceInput> = [ParametersOf<S> | BoundOf<S>] extends [never]
  ? unknown
  : { readonly bind: BindCheck<R, S> };

/** Every promise that the compiler keeps for one family; see test/types/catalog.test-d.ts. */
export type CheckFamily<R extends Readonly<Record<string, ResourceInput>>> = {
  readonly [K in keyof R]: NeedsBind<R, R[K]> & {
    readonly primaryKey: NamesCheck<R[K]['primaryKey'], ColumnsOf<R[K]>>;
  } & CursorCheck<R, R[K]> &
    KeepCheck<R[K]> &
    IncludeCheck<R, R[K]> &
    SingleCheck<R[K]> &
    SecretsCheck<R[K]>;
};
