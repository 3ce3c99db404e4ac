import { describe, expect, test } from 'vitest';

import { judge } from '../../../functions/engine/extract/status.ts';
import { answer } from './answer.ts';
import { caught } from './caught.ts';

const html = { 'content-type': 'text/html; charset=utf-8' };

describe('judge', () => {
  const verdicts = [
    { name: 'a list', response: answer({}), verdict: 'records' },
    {
      name: '204',
      response: answer({ status: 204, json: undefined, headers: {} }),
      verdict: 'records',
    },
    { name: '405', response: answer({ status: 405 }), verdict: 'other-pagination' },
    {
      name: '422 for a page token',
      response: answer({ status: 422, request: '/x?page_token=b' }),
      verdict: 'restart',
    },
    { name: '404 that means absent', response: answer({ status: 404 }), verdict: 'absent' },
  ];
  test.each(verdicts)('$name means $verdict', ({ response, verdict }) => {
    expect(judge(response, { 404: 'switched off' })).toBe(verdict);
  });

  const failures = [
    { name: '403', response: answer({ status: 403 }), code: 'E_GITLAB_FORBIDDEN' },
    { name: '404', response: answer({ status: 404 }), code: 'E_GITLAB_FORBIDDEN' },
    { name: '302', response: answer({ status: 302, headers: html }), code: 'E_GITLAB_ANSWER' },
    { name: '301', response: answer({ status: 301 }), code: 'E_GITLAB_ANSWER' },
    { name: '400', response: answer({ status: 400 }), code: 'E_GITLAB_ANSWER' },
    { name: '422 of another kind', response: answer({ status: 422 }), code: 'E_GITLAB_ANSWER' },
    {
      name: 'HTML 200',
      response: answer({ headers: html, json: undefined }),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'HTML 404 of a proxy',
      response: answer({ status: 404, headers: html, json: undefined }),
      code: 'E_GITLAB_ANSWER',
    },
    {
      name: 'an empty 200',
      response: answer({ json: undefined, headers: {} }),
      code: 'E_GITLAB_ANSWER',
    },
  ];
  test.each(failures)('$name is $code', async ({ response, code }) => {
    const error = await caught(() => judge(response, {}));

    expect(error.code).toBe(code);
  });

  test('names the scope that the token lacks', async () => {
    const json = { error: 'insufficient_scope', scope: 'api read_api' };

    const error = await caught(() => judge(answer({ status: 403, json }), { 403: 'off' }));

    expect(error).toMatchObject({ code: 'E_GITLAB_AUTH' });
    expect(error.message).toContain("'api' or 'read_api'");
  });

  test('keeps status and path of what was forbidden', async () => {
    const error = await caught(() => judge(answer({ status: 403, request: '/x?email=a@b' }), {}));

    expect(error.details).toEqual({ status: 403, path: '/x' });
  });
});
