import type { GitlabResponse } from '../response.ts';
import { nextLinkQuery } from './nextLinkQuery.ts';

/** Parameters that GitLab repeats in its links and that must never be sent. */
const CREDENTIALS = ['private_token', 'access_token', 'job_token', 'sudo'];

/** The query of the next keyset page, taken from GitLab's link; nothing else of the link is used. */
export function nextKeysetQuery({ headers }: GitlabResponse): string | undefined {
  const query = nextLinkQuery(headers['link']);
  if (query === undefined) return undefined;
  const parameters = new URLSearchParams(query);
  for (const name of CREDENTIALS) parameters.delete(name);
  return parameters.toString();
}
