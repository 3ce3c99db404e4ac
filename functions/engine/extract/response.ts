/** An answer of GitLab that arrived whole; any status. */
export interface GitlabResponse {
  readonly status: number;
  /** Names in lower case; several values of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** The path and query below the API that was answered, with the page size that was sent last. */
  readonly request: string;
  readonly text: string;
  /** The parsed body; undefined when the body is not JSON. */
  readonly json: unknown;
  /** When GitLab answered, by its own clock. */
  readonly date: Date | undefined;
}

/** The path without its query: queries may hold e-mail addresses, so errors and events name the path alone. */
export function pathOf(pathAndQuery: string): string {
  return pathAndQuery.split('?', 1)[0] ?? '';
}

/** The query without its `?`; empty when there is none. */
export function queryOf(pathAndQuery: string): string {
  const start = pathAndQuery.indexOf('?');
  return start < 0 ? '' : pathAndQuery.slice(start + 1);
}

/** True when the body was declared as JSON: only then it is an answer of GitLab's API. */
export function isApiAnswer(response: GitlabResponse): boolean {
  return isJsonType(response.headers['content-type']);
}

/** True for `application/json` and its relatives. */
export function isJsonType(contentType: string | undefined): boolean {
  const [type = ''] = (contentType ?? '').split(';', 1);
  return /^application\/(?:[a-z0-9.-]+\+)?json$/.test(type.trim().toLowerCase());
}
