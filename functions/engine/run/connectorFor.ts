import { Connector } from '../alloydb/index.ts';
import type { Environment } from '../config/settings.ts';
import { endpointOf } from '../google/endpoints.ts';

/** A connector that lives as long as the process, for settings that name an AlloyDB instance. */
export function connectorFor(environment: Environment): Connector | undefined {
  if ((environment['ALLOYDB_INSTANCE'] ?? '') === '') return undefined;
  return new Connector({ apiEndpoint: endpointOf('alloydb', environment) });
}
