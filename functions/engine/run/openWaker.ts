import type { Credentials } from '../alloydb/index.ts';
import type { Catalog } from '../catalog/selection.ts';
import type { Environment, PlainSettings } from '../config/settings.ts';
import { openQueue } from '../google/createTask.ts';
import { openPublisher } from '../google/publish.ts';
import { openJob } from '../google/runJob.ts';
import type { RunRequest } from '../model/run.ts';
import type { Waker } from '../model/waker.ts';
import { writeRequest } from '../trigger/request.ts';
import { REQUEST_VARIABLE } from './jobRequest.ts';
import { ordersByFamily } from './ordersByFamily.ts';

/** What tells whom to ask. */
export type WakerSettings = Pick<
  PlainSettings,
  'continuation' | 'continuationUrl' | 'continuationServiceAccount'
>;

/** What a waker needs of its entrance. */
export interface WakerOptions {
  readonly environment: Environment;
  /** The families that a continuation may be for: each has a function of its own. */
  readonly catalog: Catalog;
  /** Runs a continuation in this process. It is not waited for and must not reject. */
  readonly goOn: (continuation: RunRequest) => void;
  readonly credentials?: Credentials;
}

/** The waker that CONTINUATION names; undefined when nobody is to be asked. Nothing is sent before it is used. */
export function openWaker(settings: WakerSettings, options: WakerOptions): Waker | undefined {
  const { continuation } = settings;
  switch (continuation.by) {
    case 'nobody':
      return undefined;
    case 'process':
      return {
        wake: (request) => {
          options.goOn(request);
          return Promise.resolve();
        },
      };
    case 'topic':
      return topicWaker(continuation.name, options);
    case 'queue':
      return queueWaker(continuation.name, settings, options);
    case 'job':
      return jobWaker(continuation.name, options);
  }
}

/** A message for each family; subscriptions choose theirs by the attribute. */
function topicWaker(name: string, { environment, catalog, credentials }: WakerOptions): Waker {
  const publisher = openPublisher(name, environment, credentials);
  return eachFamily(catalog, async (family, body) => {
    await publisher.publish({ data: Buffer.from(body), attributes: { family } });
  });
}

function queueWaker(
  name: string,
  { continuationUrl, continuationServiceAccount: serviceAccount }: WakerSettings,
  { environment, catalog, credentials }: WakerOptions,
): Waker {
  const queue = openQueue(name, environment, credentials);
  return eachFamily(catalog, (family, body) =>
    queue.add({ url: addressOf(continuationUrl, family), body, serviceAccount }),
  );
}

/** Names of hosts and of services know no underscores; paths keep the name of the family. */
function addressOf(template: string, family: string): string {
  return template
    .replace(/^[a-z]+:\/\/[^/]*/, (origin) =>
      origin.replaceAll('{family}', family.replaceAll('_', '-')),
    )
    .replaceAll('{family}', family);
}

/** One execution for whatever is left. */
function jobWaker(name: string, { environment, credentials }: WakerOptions): Waker {
  const job = openJob(name, environment, credentials);
  return {
    wake: (continuation) =>
      job.start({ [REQUEST_VARIABLE]: JSON.stringify(writeRequest(continuation)) }),
  };
}

function eachFamily(catalog: Catalog, ask: (family: string, body: string) => Promise<void>): Waker {
  return {
    wake: async (continuation) => {
      const orders = ordersByFamily(continuation, catalog);
      const asked = orders.map(({ family, request }) =>
        ask(family, JSON.stringify(writeRequest(request))),
      );
      await Promise.all(asked);
    },
  };
}
