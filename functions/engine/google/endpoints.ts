/** The APIs of Google Cloud that are called by REST. */
export type GoogleService = 'pubsub' | 'cloudtasks' | 'run' | 'alloydb' | 'secretmanager';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where an API is: Google's own address unless a variable of gcloud's form says otherwise, such as
 * `CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB`. For Pub/Sub `PUBSUB_EMULATOR_HOST` counts first, as in Google's libraries.
 * Without a slash at its end.
 */
export function endpointOf(service: GoogleService, environment: Environment): string {
  const emulator = service === 'pubsub' ? (environment['PUBSUB_EMULATOR_HOST'] ?? '') : '';
  if (emulator !== '') return `http://${emulator}`;
  const named = environment[`CLOUDSDK_API_ENDPOINT_OVERRIDES_${service.toUpperCase()}`] ?? '';
  return named === '' ? `https://${service}.googleapis.com` : named.replace(/\/+$/, '');
}

/** An emulator knows no credentials and must not get any. */
export function takesCredentials(service: GoogleService, environment: Environment): boolean {
  return service !== 'pubsub' || (environment['PUBSUB_EMULATOR_HOST'] ?? '') === '';
}
