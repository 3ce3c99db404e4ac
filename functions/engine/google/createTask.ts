import { applicationDefault, type Credentials } from '../alloydb/credentials.ts';
import { endpointOf } from './endpoints.ts';
import { openGoogleApi } from './googleApi.ts';

/** One call that a queue of Cloud Tasks makes: `POST` of a JSON body. */
export interface HttpTask {
  readonly url: string;
  readonly body: string;
  /** The e-mail of the service account in whose name the URL is called. */
  readonly serviceAccount: string;
}

/** A queue of Cloud Tasks. */
export interface TaskQueue {
  /** Resolves once the queue has stored the call. Throws E_GOOGLE or E_GOOGLE_ACCESS. */
  add(task: HttpTask): Promise<void>;
}

const QUEUE = /^projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+$/;

/** The longest that Cloud Tasks waits for an answer. A call that it gave up on would be made again beside the first. */
const DISPATCH_DEADLINE = '1800s';

/** Whether a text is the full name of a queue. */
export function isQueue(name: string): boolean {
  return QUEUE.test(name);
}

/**
 * Opens a queue by its full name, `projects/P/locations/L/queues/Q`; nothing is sent before the first task. Tasks get no
 * names: Cloud Tasks stores named ones more slowly, and a call that is made twice finds nothing to do.
 */
export function openQueue(
  queue: string,
  environment: Readonly<Record<string, string | undefined>>,
  credentials: Credentials = applicationDefault(),
): TaskQueue {
  const api = openGoogleApi({ endpoint: endpointOf('cloudtasks', environment), credentials });
  return {
    add: async ({ url, body, serviceAccount }) => {
      await api.post(`/v2/${queue}/tasks`, {
        task: {
          dispatchDeadline: DISPATCH_DEADLINE,
          httpRequest: {
            url,
            httpMethod: 'POST',
            headers: { 'content-type': 'application/json' },
            body: Buffer.from(body).toString('base64'),
            oidcToken: { serviceAccountEmail: serviceAccount, audience: audienceOf(url) },
          },
        },
      });
    },
  };
}

/** A service of Cloud Run answers to its origin whatever the path; a function's older address is all of its URL. */
function audienceOf(url: string): string {
  const { hostname, origin } = new URL(url);
  return hostname.endsWith('.cloudfunctions.net') ? url : origin;
}
