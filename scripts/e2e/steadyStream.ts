import type { Random } from '../../test/support/gitlab/random.ts';
import { change } from './changes.ts';
import { settle } from './events.ts';
import { percentile, type Verdict } from './figures.ts';
import type { Delivery, Sender } from './sender.ts';
import { type Site, SUBSCRIPTION } from './site.ts';
import { signed, withToken } from './webhook.ts';

const PREFIX = 'stream-';
const PER_SECOND = 100;
const MOST_MILLISECONDS = 100;
const LANES = 64;

/** A process that has just begun compiles what it runs; the first seconds do not count. */
const WARM_UP_SECONDS = 5;

/**
 * Sends 100 events in each second, whether or not earlier ones are answered, and takes the time of the answers. Pub/Sub keeps
 * them from the consumer meanwhile: in life it has a machine of its own.
 */
export async function steadyStream(
  { gitlab, shared, pubsub, webhooks, database }: Site,
  sender: Sender,
  { seconds, random }: { readonly seconds: number; readonly random: Random },
): Promise<Verdict> {
  const count = (WARM_UP_SECONDS + seconds) * PER_SECOND;
  const deliveries = Array.from({ length: count }, (_, index): Delivery => {
    const key = `${PREFIX}${index.toString()}`;
    const event = { key, facts: change(gitlab, random, key) };
    const request = random.chance(0.5)
      ? signed(event, shared.signingSecret, Date.now())
      : withToken(event, shared.token);
    return { ...request, atMilliseconds: (index * 1_000) / PER_SECOND };
  });
  await pubsub.push(SUBSCRIPTION, 'nobody');
  const sent = await sender.send(deliveries, LANES);
  await pubsub.push(SUBSCRIPTION, webhooks.url);
  const settled = await settle(database, PREFIX, count);
  const taken = sent.slice(WARM_UP_SECONDS * PER_SECOND).map(({ milliseconds }) => milliseconds);
  const refused = sent.filter(({ status }) => status !== 202).length;
  const p99 = percentile(taken, 0.99);
  return {
    promise: "'receive' answers within 100 ms at 100 requests a second (p99)",
    isKept: refused === 0 && settled === count && p99 < MOST_MILLISECONDS,
    seen: {
      requests: taken.length,
      refused,
      settled,
      p50Milliseconds: Math.round(percentile(taken, 0.5)),
      p99Milliseconds: Math.round(p99),
    },
  };
}
