import { describe, expect, test } from 'vitest';

import { readStatus } from '../../../functions/engine/run/readStatus.ts';
import { updateRow } from '../../support/gitlab/shelves/mutations.ts';
import { DATASET } from '../../support/run.ts';
import { issueEvent, useWebhookBench, type WebhookBench } from '../../support/webhookBench.ts';

let bench: WebhookBench;

useWebhookBench((opened) => {
  bench = opened;
});

/** Lets GitLab show the issue with fields that its table has no column for, and tells the event. */
async function showWith(more: Readonly<Record<string, string>>, contract: string) {
  const { gitlab, project, issue } = bench;
  updateRow(gitlab.world, { name: 'issues', where: project, id: issue.id }, more);
  const post = bench.consumer({ SCHEMA_CONTRACT: contract });
  const { status } = await post(issueEvent(project, issue));
  expect(status).toBe(200);
}

function violations() {
  return readStatus({ databaseUrl: bench.databaseUrl, dataset: DATASET }).then(
    (status) => status.violations,
  );
}

describe('what a contract leaves out of the row of an event', () => {
  test('is counted in the state with its load and told, as that of a run', async () => {
    await showWith({ title: 'one', brand_new: 'a' }, 'columns=discard_value');
    const first = await violations();
    await showWith({ title: 'two', brand_new: 'b' }, 'columns=discard_value');
    const second = await violations();

    const known = {
      ...{ resource: 'issues', entity: 'columns', mode: 'discard_value' },
      ...{ table: 'api_entities_issue', column: 'brand_new' },
      lastLoadId: expect.stringMatching(/^\d+\.\d+$/) as unknown,
    };
    expect(first).toMatchObject([{ ...known, count: 1 }]);
    expect(second).toMatchObject([{ ...known, count: 2 }]);
    expect(second[0]?.lastLoadId).not.toBe(first[0]?.lastLoadId);
    expect(bench.told.filter(({ event }) => event === 'problem')).toEqual(
      Array(2).fill({
        ...{ event: 'problem', code: 'NOTICE', resource: 'issues' },
        message:
          "SCHEMA_CONTRACT columns=discard_value left out 1 values for 'api_entities_issue.brand_new'.",
      }),
    );
  });

  test('may be the whole row', async () => {
    await showWith({ title: 'three', other_new: 'c' }, 'columns=discard_row');

    expect(await violations()).toContainEqual(
      expect.objectContaining({ mode: 'discard_row', column: 'other_new', count: 1 }),
    );
    expect(await bench.differences()).not.toEqual([]);
  });
});
