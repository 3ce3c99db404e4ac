import { setTimeout as sleep } from 'node:timers/promises';

import type { Random } from '../../test/support/gitlab/random.ts';
import { renameIssue } from './changes.ts';
import { storedTitle } from './events.ts';
import { percentile, type Verdict } from './figures.ts';
import { type Sender, sendOne } from './sender.ts';
import type { Site } from './site.ts';
import { signed } from './webhook.ts';

const MOST_MILLISECONDS = 500;
const PATIENCE_MILLISECONDS = 30_000;

/** Follows changes of issues from GitLab to their row, one after the other; the first ones find cold processes. */
export async function followChanges(
  site: Site,
  sender: Sender,
  { samples, random }: { readonly samples: number; readonly random: Random },
): Promise<Verdict> {
  const taken: number[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    const key = `followed-${sample.toString()}`;
    const facts = renameIssue(site.gitlab, random, key);
    const { id } = (facts as { readonly object_attributes: { readonly id: number } })
      .object_attributes;
    const startedAt = performance.now();
    const status = await sendOne(
      sender,
      signed({ key, facts }, site.shared.signingSecret, Date.now()),
    );
    if (status !== 202)
      throw new Error(`'receive' answered ${status.toString()}: ${site.receive.said()}`);
    while ((await storedTitle(site.database, id)) !== key) {
      if (performance.now() - startedAt > PATIENCE_MILLISECONDS)
        throw new Error(`The row of '${key}' never came: ${site.webhooks.said()}`);
      await sleep(2);
    }
    taken.push(performance.now() - startedAt);
  }
  const p50 = percentile(taken, 0.5);
  return {
    promise: 'a change is in its row within 500 ms (p50)',
    isKept: p50 < MOST_MILLISECONDS,
    seen: {
      samples,
      p50Milliseconds: Math.round(p50),
      p95Milliseconds: Math.round(percentile(taken, 0.95)),
      firstMilliseconds: Math.round(taken[0] ?? NaN),
    },
  };
}
