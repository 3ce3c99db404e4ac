/** One request that the server answered, or did not. */
export interface RequestRecord {
  readonly method: string;
  /** The path with its query, as it came. */
  readonly url: string;
  /** 0 when no answer was sent. */
  readonly status: number;
  /** Whose token it carried. */
  readonly token: 'admin' | 'member' | 'narrow' | 'unknown' | 'none';
  /** Bytes of the body on the wire. */
  readonly bytes: number;
  readonly milliseconds: number;
}

/** Every request since the start, the newest kept up to a limit. */
export interface RequestLog {
  /** Oldest first. */
  readonly entries: readonly RequestRecord[];
  /** How many requests there were in all, kept or not. */
  readonly total: number;
  readonly bytes: number;
  /** How many of the kept requests have a url that matches. */
  readonly count: (url: RegExp) => number;
  readonly clear: () => void;
}

/** A log and the function that writes to it. */
export interface Recorder {
  readonly log: RequestLog;
  readonly record: (entry: RequestRecord) => void;
}

/** A log that keeps at most `limit` requests. */
export function makeRecorder(limit: number): Recorder {
  const entries: RequestRecord[] = [];
  let total = 0;
  let bytes = 0;
  const clear = (): void => {
    entries.length = 0;
    total = 0;
    bytes = 0;
  };
  return {
    log: {
      entries,
      get total() {
        return total;
      },
      get bytes() {
        return bytes;
      },
      count: (url) => entries.filter((entry) => url.test(entry.url)).length,
      clear,
    },
    record: (entry) => {
      total += 1;
      bytes += entry.bytes;
      entries.push(entry);
      if (entries.length > limit * 1.1) entries.splice(0, entries.length - limit);
    },
  };
}
