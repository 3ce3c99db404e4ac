import { applicationDefault, type Credentials } from '../alloydb/credentials.ts';
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
  /** The same for several in one call: all are stored, or the call failed. 10 MB in all. */
  publishAll(messages: readonly PubsubMessage[]): Promise<readonly string[]>;
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
  const publishAll: Publisher['publishAll'] = async (messages) => {
    const { messageIds } = await api.post(`/v1/${topic}:publish`, {
      messages: messages.map(wired),
    });
    const ids: readonly unknown[] = Array.isArray(messageIds) ? messageIds : [];
    const texts = ids.filter((id) => typeof id === 'string');
    if (texts.length === messages.length) return texts;
    throw new LoaderError('E_GOOGLE', `Pub/Sub gave no id for a message to '${topic}'.`);
  };
  return {
    publishAll,
    publish: async (message) => (await publishAll([message]))[0] ?? '',
  };
}

function wired({ data, attributes }: PubsubMessage): object {
  return { data: Buffer.from(data).toString('base64'), attributes };
}
