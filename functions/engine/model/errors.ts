/** Who must act on an error, and the exit code of a command that ends with it. */
interface ErrorDefinition {
  /** `transient`: nobody, a later run goes on. `operator`: a setting or a right is wrong. `defect`: us. */
  readonly kind: 'transient' | 'operator' | 'defect';
  readonly exitCode: 1 | 75 | 78;
  /** What to do about it, in one sentence. */
  readonly help: string;
}

/** Every error that a person can see. This table is their documentation. */
export const ERRORS = {
  E_CONFIG: { kind: 'operator', exitCode: 78, help: 'Correct the setting and start again.' },
  E_SCOPE: {
    kind: 'operator',
    exitCode: 78,
    help: 'List what the token sees with GITLAB_SCOPE unset, then narrow it down.',
  },
  E_REQUEST: {
    kind: 'operator',
    exitCode: 78,
    help: 'Correct the request; `--help` and `catalog` list what there is.',
  },
  E_GITLAB_AUTH: {
    kind: 'operator',
    exitCode: 78,
    help: 'Give GITLAB_TOKEN a valid token with the scope read_api, or the one that the message names.',
  },
  E_GITLAB_FORBIDDEN: {
    kind: 'operator',
    exitCode: 1,
    help: 'Nothing was deleted; the rows loaded before stay. Give the token a role that may read this.',
  },
  E_GITLAB_BLOCKED: {
    kind: 'transient',
    exitCode: 1,
    help: "Nothing was marked and nothing deleted. Look at the account's state and at IP allow lists; a block of gitlab.com ends by itself; a later run continues.",
  },
  E_GITLAB_UNREACHABLE: {
    kind: 'transient',
    exitCode: 1,
    help: 'Check GITLAB_BASE_URL, DNS, proxy and firewall; a later run continues.',
  },
  E_GITLAB_BUSY: {
    kind: 'transient',
    exitCode: 75,
    help: 'GitLab asked to wait; a later run continues.',
  },
  E_GITLAB_ANSWER: {
    kind: 'transient',
    exitCode: 1,
    help: 'Nothing advanced and a later run asks again; if it persists, check GITLAB_BASE_URL and the proxies before GitLab.',
  },
  E_NO_PROGRESS: {
    kind: 'defect',
    exitCode: 1,
    help: 'The list repeats itself; nothing after it was marked as read. Report the resource and the GitLab version.',
  },
  E_DATABASE_UNREACHABLE: {
    kind: 'transient',
    exitCode: 1,
    help: 'Check DATABASE_URL or ALLOYDB_INSTANCE and that the server accepts connections; a later run continues.',
  },
  E_DATABASE_AUTH: {
    kind: 'operator',
    exitCode: 78,
    help: 'Check the user, the password and the database name in DATABASE_URL, or in DB_USER, DB_PASSWORD and DB_NAME.',
  },
  E_ALLOYDB_ACCESS: {
    kind: 'operator',
    exitCode: 78,
    help: 'Run as a service account that has roles/alloydb.client and roles/serviceusage.serviceUsageConsumer, for IAM logins roles/alloydb.databaseUser too.',
  },
  E_GOOGLE: {
    kind: 'transient',
    exitCode: 1,
    help: 'Look at the status of Google Cloud and at the way to its APIs; a later call repeats it.',
  },
  E_GOOGLE_ACCESS: {
    kind: 'operator',
    exitCode: 78,
    help: 'Check the name of the topic, queue, job or secret, and the roles of the service account.',
  },
  E_DATABASE_RIGHT: {
    kind: 'operator',
    exitCode: 78,
    help: 'Grant the right to the login; README.md lists what the loader needs.',
  },
  E_DATABASE: {
    kind: 'transient',
    exitCode: 1,
    help: 'The package was rolled back as a whole; a later run repeats it.',
  },
  E_DATASET: {
    kind: 'operator',
    exitCode: 78,
    help: 'Load into a dataset of its own, or rename what stands in the way.',
  },
  E_STATE_VERSION: {
    kind: 'operator',
    exitCode: 78,
    help: 'Bring older state up to date with `migrate`; where a newer release wrote it, run that release or a later one.',
  },
  E_STALE_LEASE: {
    kind: 'transient',
    exitCode: 75,
    help: 'Another run owns this partition; nothing to do.',
  },
  E_HALTED: {
    kind: 'operator',
    exitCode: 1,
    help: '`status` shows the reason. Correct it, then `resume` lets later runs load it again.',
  },
  E_MASS_DELETE: {
    kind: 'operator',
    exitCode: 1,
    help: 'Nothing was deleted. If the rows are really gone in GitLab: `resume --confirm-deletes`; else correct the token, then `resume`.',
  },
  E_CONTRACT: {
    kind: 'operator',
    exitCode: 1,
    help: 'Nothing of the package was loaded. Allow the change in SCHEMA_CONTRACT or in the resource, then run again.',
  },
  E_WEBHOOK_EVENT: {
    kind: 'operator',
    exitCode: 1,
    help: 'The table `webhook_event` of the state has the event and why. Scans read what it told of; a hook with a body of its own tells nothing.',
  },
  E_QUARANTINED: {
    kind: 'operator',
    exitCode: 1,
    help: 'Everything else was loaded and the run succeeded; the table `quarantine` of the state has the records and why.',
  },
  E_VALUE: {
    kind: 'defect',
    exitCode: 1,
    help: 'The package was rolled back as a whole; report the resource, the column and the value.',
  },
  E_DEFECT: {
    kind: 'defect',
    exitCode: 1,
    help: 'What was committed stays and a later run continues; report the message.',
  },
} as const satisfies Readonly<Record<string, ErrorDefinition>>;

/** A code of the table above. */
export type ErrorCode = keyof typeof ERRORS;

/** Facts about an error that may be logged: never a token, a password or a response body. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** The only error that stages throw. `message` is one sentence: what failed, with which values. */
export class LoaderError extends Error {
  override readonly name = 'LoaderError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    { cause, details = {} }: { readonly cause?: unknown; readonly details?: ErrorDetails } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }
}
