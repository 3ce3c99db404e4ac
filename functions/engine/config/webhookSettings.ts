import { LoaderError } from '../model/errors.ts';
import type { SecretReader } from '../model/webhook.ts';
import { integer, type Parser } from './parsers.ts';
import type { Secret } from './secret.ts';
import { findSecret } from './secrets.ts';
import { configurationError, type Environment } from './settings.ts';

const DEFAULT_BYTES = 1_048_576;

/** Pub/Sub takes 10 MB in one call, and base64 makes a third more of a body. */
const MOST_BYTES = 7_000_000;

/** What the receiver of webhooks runs with; it needs neither GitLab nor the database. */
export interface ReceiverSettings {
  /** Full name of the topic that webhooks are published to; undefined where they are taken without one. */
  readonly topic: string | undefined;
  /** Longest body that is taken. */
  readonly maxBytes: number;
  /** Reads the secrets anew each time. Throws E_CONFIG when they are not what was configured. */
  readonly secrets: SecretReader;
}

const topicName: Parser<string> = (value) =>
  /^projects\/[^/]+\/topics\/[^/]+$/.test(value) ? { value } : { expected: 'projects/P/topics/T' };

/** Reads the receiver's settings; throws one E_CONFIG that names every problem, a topic that is `required` and not set too. */
export function readReceiverSettings(
  environment: Environment,
  needs: 'required' | 'optional' = 'required',
): ReceiverSettings {
  const problems: string[] = [];
  const read = <T>(variable: string, parse: Parser<T>, fallback: T): T => {
    const value = environment[variable]?.trim() ?? '';
    const parsed = value === '' ? { value: fallback } : parse(value);
    if ('value' in parsed) return parsed.value;
    problems.push(`${variable}: expected ${parsed.expected}, got '${value.slice(0, 200)}'`);
    return fallback;
  };
  const topic = read<string | undefined>('WEBHOOK_TOPIC', topicName, undefined);
  if (topic === undefined && needs === 'required' && problems.length === 0)
    problems.push('WEBHOOK_TOPIC is not set');
  const maxBytes = read('WEBHOOK_MAX_BYTES', integer(1_024, MOST_BYTES), DEFAULT_BYTES);
  const secrets = findWebhookSecrets(environment, problems);
  if (secrets === undefined || problems.length > 0) throw configurationError(problems);
  return { topic, maxBytes, secrets };
}

/** Finds what webhooks are signed or marked with; undefined, with a problem more, when nothing is. */
export function findWebhookSecrets(
  environment: Environment,
  problems: string[],
): SecretReader | undefined {
  const tokens = remembering(findSecret(environment, 'WEBHOOK_TOKENS', problems));
  const signing = remembering(findSecret(environment, 'WEBHOOK_SIGNING_SECRETS', problems));
  if (tokens === undefined && signing === undefined) {
    problems.push('WEBHOOK_TOKENS and WEBHOOK_SIGNING_SECRETS are not set; expected one or both');
    return undefined;
  }
  return async (because) => ({
    tokens: listOf('WEBHOOK_TOKENS', await tokens?.(because)),
    signingKeys: listOf('WEBHOOK_SIGNING_SECRETS', await signing?.(because)).map(signingKey),
  });
}

/** Tells the source which value was refused, so that it does not give what it remembers. */
function remembering(
  secret: Secret | undefined,
): ((because: 'refused' | undefined) => Promise<string>) | undefined {
  if (secret === undefined) return undefined;
  let last: string | undefined;
  return async (because) => {
    last = await secret(because === 'refused' ? last : undefined);
    return last;
  };
}

function listOf(variable: string, value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const list = value
    .split(/[,\n]/)
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (list.length > 0 && list.length <= 8) return list;
  throw new LoaderError(
    'E_CONFIG',
    `${variable}: expected from 1 to 8 values with commas between, got ${list.length.toString()}.`,
  );
}

function signingKey(secret: string, index: number): Uint8Array {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1] ?? '';
  const key = Buffer.from(encoded, 'base64');
  if (key.length >= 16) return key;
  throw new LoaderError(
    'E_CONFIG',
    `WEBHOOK_SIGNING_SECRETS: expected whsec_ and a key of 16 bytes or more in base64, as GitLab shows it; value ${(index + 1).toString()} is not that.`,
  );
}
