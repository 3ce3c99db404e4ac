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
