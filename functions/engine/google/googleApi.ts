import type { Credentials } from '../alloydb/index.ts';
import { LoaderError } from '../model/errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

const TIMEOUT_MILLISECONDS = 10_000;

/** An API of Google Cloud, called with JSON by REST. Connections are kept for the calls that follow. */
export interface GoogleApi {
  /**
   * Resolves to the answer's JSON. Throws E_GOOGLE when a later call may succeed, E_GOOGLE_ACCESS when a person must act;
   * neither shows what was sent or answered, only the API's own words of its error.
   */
  post(path: string, body: object): Promise<JsonObject>;
}

/** How an API is reached. */
export interface GoogleApiOptions {
  /** Without a slash at its end, as `endpointOf` gives it. */
  readonly endpoint: string;
  /** Undefined for emulators, which know no credentials. */
  readonly credentials: Credentials | undefined;
}

/** Opens an API; nothing is sent before the first call. */
export function openGoogleApi({ endpoint, credentials }: GoogleApiOptions): GoogleApi {
  return {
    post: async (path, body) => {
      const response = await send(`${endpoint}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(credentials === undefined ? {} : await authorization(credentials)),
        },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      });
      const answer = parse(await response.text().catch(() => ''));
      if (!response.ok) throw refused(path, response.status, answer);
      return answer;
    },
  };
}

async function authorization(credentials: Credentials): Promise<Record<string, string>> {
  try {
    return { authorization: `Bearer ${await credentials.accessToken(SCOPE)}` };
  } catch {
    // What the source of tokens says may hold what it was asked with.
    throw new LoaderError(
      'E_GOOGLE',
      'No access token for Google Cloud could be had from the credentials.',
    );
  }
}

async function send(url: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, request);
  } catch (error) {
    const { origin } = new URL(url);
    throw new LoaderError('E_GOOGLE', `${origin} cannot be reached (${reasonOf(error)}).`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return `no answer in ${TIMEOUT_MILLISECONDS.toString()} ms`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.message;
}

function parse(text: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** 401 may be a token that has just ended; 408, 409 and 429 pass as server errors do. */
const PASSING: ReadonlySet<number> = new Set([401, 408, 409, 429]);

function refused(path: string, status: number, answer: JsonObject): LoaderError {
  const error = isJsonObject(answer['error']) ? answer['error'] : {};
  const words = typeof error['message'] === 'string' ? `: ${error['message'].slice(0, 300)}` : '';
  const isPassing = status >= 500 || PASSING.has(status);
  return new LoaderError(
    isPassing ? 'E_GOOGLE' : 'E_GOOGLE_ACCESS',
    `Google Cloud answered ${status.toString()} to 'POST ${path}'${words}${words.endsWith('.') ? '' : '.'}`,
    { details: { status } },
  );
}
