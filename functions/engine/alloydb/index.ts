export type { IpType } from './adminApi.ts';
export {
  type ConnectionOptions,
  Connector,
  type ConnectorOptions,
  type ConnectorTimeouts,
  type DriverOptions,
} from './connector.ts';
export { applicationDefault, type Credentials } from './credentials.ts';
export { AlloydbError, type AlloydbErrorCode } from './errors.ts';
export { iamUser } from './iamUser.ts';
export type { AuthType } from './metadataExchange.ts';
export type { Surroundings } from './surroundings.ts';
