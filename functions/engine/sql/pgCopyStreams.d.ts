/** The part of the package that is used; the whole of it loads three times as much. */
declare module 'pg-copy-streams/copy-from.js' {
  import type { Writable } from 'node:stream';

  import type { Submittable } from 'pg';

  const copyFrom: (text: string) => Writable & Submittable & { readonly rowCount: number };
  export default copyFrom;
}

declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream';

  import type { Submittable } from 'pg';

  type CopyStream = Writable & Submittable & { readonly rowCount: number };

  type CopyToStream = Readable & Submittable;

  const copyStreams: {
    readonly from: (text: string) => CopyStream;
    readonly to: (text: string) => CopyToStream;
  };
  export default copyStreams;
}
