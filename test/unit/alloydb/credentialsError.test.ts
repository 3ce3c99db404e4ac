import { describe, expect, test } from 'vitest';

import { credentialsError } from '../../../functions/engine/alloydb/credentials.ts';

/** As the library throws them, with the request that holds secrets. */
function ofRequest(more: object): Error {
  return Object.assign(new Error('canary'), { config: { body: 'canary' }, ...more });
}

describe('credentialsError', () => {
  test.each([
    { error: ofRequest({ status: 503 }), code: 'API_UNAVAILABLE', reason: '503' },
    { error: ofRequest({ status: 429 }), code: 'API_UNAVAILABLE', reason: '429' },
    { error: ofRequest({ code: 'ECONNREFUSED' }), code: 'API_UNAVAILABLE', reason: 'ECONNREFUSED' },
    { error: ofRequest({ code: 'TimeoutError' }), code: 'API_UNAVAILABLE', reason: 'TimeoutError' },
    { error: ofRequest({ status: 400 }), code: 'NO_CREDENTIALS', reason: '400' },
    { error: ofRequest({ status: 404 }), code: 'NO_CREDENTIALS', reason: '404' },
    { error: new Error('No key.'), code: 'NO_CREDENTIALS', reason: 'No key' },
    { error: 'canary', code: 'NO_CREDENTIALS', reason: 'unknown error' },
  ])('$reason is $code', ({ error, code, reason }) => {
    const mapped = credentialsError(error);

    expect(mapped.code).toBe(code);
    expect(mapped.message).toMatch(/^No access token could be had from the credentials.*\.$/);
    expect(mapped.message).toContain(reason);
    expect(mapped.message).not.toContain('canary');
  });
});
