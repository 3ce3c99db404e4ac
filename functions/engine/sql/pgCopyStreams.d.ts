declare module 'pg-copy-streams' {
  import type { Writable } from 'node:stream';

  import type { Submittable } from 'pg';

  type CopyStream = Writable & Submittable & { readonly rowCount: number };

  const copyStreams: { readonly from: (text: string) => CopyStream };
  export default copyStreams;
}
