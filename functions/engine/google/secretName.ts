/** A version of a secret by its full name. */
export interface SecretVersionName {
  /** `projects/P/secrets/S`, or `projects/P/locations/L/secrets/S` of a regional one. */
  readonly secret: string;
  readonly project: string;
  readonly location: string | undefined;
  /** A number, an alias, or `latest`, which is also meant where no version is named. */
  readonly version: string;
}

/** The forms that a name may have, as messages tell them. */
export const SECRET_FORMS =
  'projects/P/secrets/S or projects/P/locations/L/secrets/S, with or without /versions/V';

const NAME =
  /^(?<secret>projects\/(?<project>[a-z0-9:.-]+)(?:\/locations\/(?<location>[a-z0-9-]+))?\/secrets\/[\w-]{1,255})(?:\/versions\/(?<version>\d+|[A-Za-z][\w-]*))?$/;

/** Reads the name of a secret or of one of its versions; undefined when it is neither. */
export function parseSecretName(name: string): SecretVersionName | undefined {
  const { secret, project, location, version = 'latest' } = NAME.exec(name)?.groups ?? {};
  if (secret === undefined || project === undefined) return undefined;
  return { secret, project, location, version };
}
