/** Environment variables that a command reads. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What every command is given. */
export interface CommandContext {
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls the work with the settings to use; its result is the exit code. */
  readonly withSettings: (work: (environment: Environment) => Promise<number>) => Promise<void>;
}

/** Where commands write: lines for programs or people to stdout, everything else to stderr. */
export const output = {
  line: (text: string): void => {
    process.stdout.write(`${text}\n`);
  },
  /** Whole lines. */
  text: (text: string): void => {
    process.stdout.write(text);
  },
  error: (text: string): void => {
    process.stderr.write(text);
  },
} as const;

/** Lets a command work on to its end when whoever read its output has gone, as `head` does. */
export function outliveReaders(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/**
 * Keeps what Google's library finds strange about a machine without a metadata server from stderr, where the sentence
 * about the credentials says all. Other warnings go to whoever took them.
 */
export function hideMetadataWarnings(): void {
  const takers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'MetadataLookupWarning') return;
    for (const take of takers) take(warning);
  });
}

/** Spares Google's library to try whether a metadata server that was named is there: one that is busy would count as absent. */
export function trustNamedMetadataServer(): void {
  if ((process.env['GCE_METADATA_HOST'] ?? process.env['GCE_METADATA_IP'] ?? '') === '') return;
  process.env['METADATA_SERVER_DETECTION'] ??= 'assume-present';
}

/** Whether people read what is written: on a terminal, unless LOG_FORMAT says otherwise. */
export function isForPeople(environment: Environment): boolean {
  const format = environment['LOG_FORMAT'] ?? 'auto';
  return format === 'pretty' || (format !== 'json' && process.stdout.isTTY);
}
