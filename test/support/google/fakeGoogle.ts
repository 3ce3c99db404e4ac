import { openTokenOffice, type TokenOffice } from '../alloydb/tokens.ts';
import { type MetadataServer, startMetadataServer } from './metadata.ts';
import { type FakeSecretManager, startSecretManager } from './secretManager.ts';

/** What a service finds around it on Google Cloud: credentials and secrets. */
export interface FakeGoogle extends AsyncDisposable {
  /** Knows every token; `startFakeAlloydb({ office })` takes the same ones. */
  readonly office: TokenOffice;
  readonly metadata: MetadataServer;
  readonly secrets: FakeSecretManager;
  /** What a process needs besides its settings; a test in the same process sets it with `vi.stubEnv`. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts all of it on loopback. */
export async function startFakeGoogle(): Promise<FakeGoogle> {
  const office = openTokenOffice();
  const metadata = await startMetadataServer(office);
  const secrets = await startSecretManager(office);
  return {
    ...{ office, metadata, secrets },
    environment: {
      ...metadata.environment,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER: secrets.url,
    },
    [Symbol.asyncDispose]: async () => {
      await secrets[Symbol.asyncDispose]();
      await metadata[Symbol.asyncDispose]();
    },
  };
}
