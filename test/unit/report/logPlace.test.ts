import { expect, test } from 'vitest';

import { logPlace } from '../../../functions/engine/report/logPlace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const LABELS = { family: 'jobs' };

function place(headers: Readonly<Record<string, string>>, project: string | undefined = 'acme') {
  const found = logPlace(headers, { project, labels: LABELS });
  expect(found['logging.googleapis.com/labels']).toEqual(LABELS);
  return [found['logging.googleapis.com/trace'], found['logging.googleapis.com/spanId']];
}

test.each([
  { headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-01` }, span: 'b7ad6b7169203331' },
  { headers: { traceparent: `01-${TRACE}-b7ad6b7169203331-00-new` }, span: 'b7ad6b7169203331' },
  {
    headers: { 'x-cloud-trace-context': `${TRACE}/18446744073709551615;o=1` },
    span: 'f'.repeat(16),
  },
  { headers: { 'x-cloud-trace-context': `${TRACE}/1` }, span: '0000000000000001' },
  { headers: { 'x-cloud-trace-context': TRACE }, span: undefined },
  {
    headers: {
      traceparent: `00-${TRACE}-b7ad6b7169203331-01`,
      'x-cloud-trace-context': `${'1'.repeat(32)}/1`,
    },
    span: 'b7ad6b7169203331',
  },
])('$headers names a span', ({ headers, span }) => {
  expect(place(headers)).toEqual([`projects/acme/traces/${TRACE}`, span]);
});

test.each([
  {},
  { traceparent: 'canary' },
  { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` },
  { 'x-cloud-trace-context': `${TRACE}"}` },
  { 'x-cloud-trace-context': `${TRACE}/canary` },
])('%o names none', (headers) => {
  expect(place(headers)).toEqual([undefined, undefined]);
});

test.each([undefined, ''])('project %j has no traces', (project) => {
  const found = logPlace({ 'x-cloud-trace-context': TRACE }, { project, labels: LABELS });

  expect(found).toEqual({ 'logging.googleapis.com/labels': LABELS });
});
