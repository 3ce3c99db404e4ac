import { applicationDefault, type Credentials } from '../alloydb/index.ts';
import { LoaderError } from '../model/errors.ts';
import { endpointOf, takesCredentials } from './endpoints.ts';
import { type GoogleApi, openGoogleApi } from './googleApi.ts';

/** One message of a topic. */
export interface PubsubMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Publishes to one topic of Pub/Sub. */
export interface Publisher {
  /** Resolves to the message's id once Pub/Sub has stored it. Throws E_GOOGLE or E_GOOGLE_ACCESS. */
  publish(message: PubsubMessage): Promise<string>;
}

const TOPIC = /^projects\/[^/]+\/topics\/[^/]+$/;

/** Whether a text is the full name of a topic. */
export function isTopic(name: string): boolean {
  return TOPIC.test(name);
}

/**
 * Opens a topic by its full name, `projects/P/topics/T`, with the application default credentials unless others are
 * given. Nothing is sent before the first message; connections are kept between messages.
 */
export function openPublisher(
  topic: string,
  environment: Readonly<Record<string, string | undefined>>,
  credentials: Credentials = applicationDefault(),
): Publisher {
  const api: GoogleApi = openGoogleApi({
    endpoint: endpointOf('pubsub', environment),
    credentials: takesCredentials('pubsub', environment) ? credentials : undefined,
  });
  return {
    publish: async ({ data, attributes }) => {
      const message = { data: Buffer.from(data).toString('base64'), attributes };
      const { messageIds } = await api.post(`/v1/${topic}:publish`, { messages: [message] });
      const id: unknown = Array.isArray(messageIds) ? messageIds[0] : undefined;
      if (typeof id === 'string') return id;
      throw new LoaderError('E_GOOGLE', `Pub/Sub gave no id for a message to '${topic}'.`);
    },
  };
}
