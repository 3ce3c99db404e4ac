import { expect, test } from 'vitest';

import { insertAlert } from '../../support/gitlab/world/mutations.ts';
import { openBench } from '../../support/run.ts';
import { truthDifferences } from '../../support/truthDifferences.ts';

const IMAGES = { resources: ['alerts', 'metric_images'] };

// G4 T4
test('a run that ends an older one first reads children again below parents that it reads then', async () => {
  await using bench = await openBench({ projects: 2, jobs: 2, branches: 2, alerts: 6 });
  await bench.load({ request: IMAGES });
  const stopper = new AbortController();
  await bench.load({
    request: IMAGES,
    signal: stopper.signal,
    report: (event) => {
      if (event.event === 'resource-started' && event.resource === 'metric_images')
        stopper.abort(new Error('stopped by a signal'));
    },
  });
  for (const { id } of bench.gitlab.world.projects.values())
    for (let alerts = 0; alerts < 4; alerts += 1) insertAlert(bench.gitlab.world, id);

  const { report } = await bench.load({ request: IMAGES });

  const { api_entities_metric_image = [] } = bench.gitlab.truth('admin');
  expect(report.outcome).toBe('done');
  expect(await truthDifferences(bench.database, { api_entities_metric_image })).toEqual([]);
});
