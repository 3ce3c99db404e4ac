import { AlloydbError, type AlloydbErrorCode } from '../alloydb/errors.ts';
import { type ErrorCode, LoaderError } from '../model/errors.ts';

const CODES: Readonly<Record<AlloydbErrorCode, ErrorCode>> = {
  INVALID_INSTANCE_URI: 'E_CONFIG',
  NO_ADDRESS: 'E_CONFIG',
  API_NOT_FOUND: 'E_CONFIG',
  NO_CREDENTIALS: 'E_ALLOYDB_ACCESS',
  API_DENIED: 'E_ALLOYDB_ACCESS',
  EXCHANGE_DENIED: 'E_ALLOYDB_ACCESS',
  API_UNAVAILABLE: 'E_DATABASE_UNREACHABLE',
  API_ANSWER: 'E_DATABASE_UNREACHABLE',
  CONNECT_FAILED: 'E_DATABASE_UNREACHABLE',
  TLS_FAILED: 'E_DATABASE_UNREACHABLE',
  EXCHANGE_FAILED: 'E_DATABASE_UNREACHABLE',
  CLOSED: 'E_DATABASE_UNREACHABLE',
};

/** Turns an error of the connector into a LoaderError by who must act; undefined for any other error. */
export function connectorError(error: unknown): LoaderError | undefined {
  if (!(error instanceof AlloydbError)) return undefined;
  const { code, message } = error;
  return new LoaderError(CODES[code], message, { cause: error, details: { connector: code } });
}
