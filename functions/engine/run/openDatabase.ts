import { iamUser } from '../alloydb/iamUser.ts';
import type { Connector } from '../alloydb/index.ts';
import type { AlloydbSettings, DatabaseAddress } from '../config/settings.ts';
import { type Database, type DialledServer, openPool, type PoolLimits } from '../sql/pool.ts';
import { connectorError } from './connectorError.ts';

/** What the pool may use, and the connector for AlloyDB if the entrance keeps one for many runs. */
export interface OpenOptions extends PoolLimits {
  readonly connector?: Connector | undefined;
}

/** Opens the database of the settings; an AlloyDB instance must be there and allow it, a URL is not tried yet. */
export async function openDatabase(
  address: DatabaseAddress,
  { connector, ...limits }: OpenOptions,
): Promise<Database> {
  if (address.alloydb === undefined) {
    const { databaseUrl: url, currentUrl } = address;
    return openPool({ url, currentUrl, ...limits });
  }
  if (connector !== undefined)
    return openPool({ dialled: await dialled(connector, address.alloydb), ...limits });
  // Most starts have a URL, and reading this takes a while.
  const alloydb = await import('../alloydb/index.ts');
  const own = new alloydb.Connector({ apiEndpoint: address.alloydb.apiEndpoint });
  try {
    const database = openPool({ dialled: await dialled(own, address.alloydb), ...limits });
    return { ...database, close: () => database.close().finally(() => own.close()) };
  } catch (error) {
    own.close();
    throw error;
  }
}

async function dialled(
  connector: Connector,
  { instanceUri, ipType, user, database, password }: AlloydbSettings,
): Promise<DialledServer> {
  try {
    const authType = password === undefined ? 'IAM' : 'PASSWORD';
    const options = await connector.getOptions({ instanceUri, ipType, authType });
    return {
      place: instanceUri,
      user: password === undefined ? iamUser(user) : user,
      database,
      password: password ?? options.password ?? (() => Promise.resolve('')),
      stream: options.stream,
      dialError: connectorError,
    };
  } catch (error) {
    throw connectorError(error) ?? error;
  }
}
