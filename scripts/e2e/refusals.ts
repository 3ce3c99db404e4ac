import { setTimeout as sleep } from 'node:timers/promises';

import type { Random } from '../../test/support/gitlab/random.ts';
import { renameIssue } from './changes.ts';
import { countEvents, storedTitle } from './events.ts';
import type { Verdict } from './figures.ts';
import { type Sender, sendOne } from './sender.ts';
import { type Site, TOPIC } from './site.ts';
import { signed, type WebhookRequest, withToken } from './webhook.ts';

const SPY = 'projects/acme/subscriptions/spy';
const OTHER_SECRET = `whsec_${Buffer.from('a key that nobody shares').toString('base64')}`;
const TOO_LARGE = 'x'.repeat(1_200_000);
const FAR_TOO_LARGE = 'x'.repeat(30_000_000);
const TEN_MINUTES = 600_000;

/**
 * Changes an issue and tells of it in every way that must change nothing: forged, too old, altered, too large. Then tells of it
 * as GitLab does.
 */
export async function refusals(
  { gitlab, shared, pubsub, database }: Site,
  sender: Sender,
  random: Random,
): Promise<Verdict> {
  const facts = renameIssue(gitlab, random, 'refused');
  const { id } = (facts as { readonly object_attributes: { readonly id: number } })
    .object_attributes;
  const before = await storedTitle(database, id);
  const event = { key: 'refused-1', facts };
  const large = { key: 'refused-2', facts: { ...facts, description: TOO_LARGE } };
  const huge = { key: 'refused-3', facts: { ...facts, description: FAR_TOO_LARGE } };
  const genuine = signed(event, shared.signingSecret, Date.now());
  const forgeries: Readonly<Record<string, readonly [WebhookRequest, readonly number[]]>> = {
    'wrong token': [withToken(event, 'guessed'), [401]],
    'empty token': [withToken(event, ''), [401]],
    'wrong key': [signed(event, OTHER_SECRET, Date.now()), [401]],
    'ten minutes old': [signed(event, shared.signingSecret, Date.now() - TEN_MINUTES), [401]],
    altered: [{ ...genuine, body: genuine.body.replace('update', 'close!') }, [401]],
    'large and forged': [withToken(large, 'guessed'), [401, 413]],
    // GitLab would disable a hook whose genuine requests are refused.
    'large and genuine': [signed(large, shared.signingSecret, Date.now()), [202]],
    // Its body is not read to the end, so that nobody knows who has signed it; the answer may be lost with the connection.
    'far too large': [signed(huge, shared.signingSecret, Date.now()), [401, 413, 0]],
  };
  await pubsub.createSubscription(SPY, { topic: TOPIC });
  const wrong: string[] = [];
  for (const [name, [request, allowed]] of Object.entries(forgeries)) {
    const status = await sendOne(sender, request);
    if (!allowed.includes(status)) wrong.push(`${name}: ${status.toString()}`);
  }
  const published = await pubsub.pull(SPY);
  const changed = (await storedTitle(database, id)) !== before;
  const { known } = await countEvents(database, 'refused-');
  if ((await sendOne(sender, genuine)) !== 202) wrong.push('the genuine one was refused');
  for (let wait = 0; wait < 500 && (await storedTitle(database, id)) !== 'refused'; wait += 1)
    await sleep(20);
  if ((await storedTitle(database, id)) !== 'refused') wrong.push('the genuine one had no effect');
  return {
    promise: 'forged and oversized webhooks change nothing',
    isKept: wrong.length + published + known === 0 && !changed,
    seen: { requests: Object.keys(forgeries).length, published, known, wrong },
  };
}
