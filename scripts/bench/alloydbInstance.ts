import { API_SCOPE, LOGIN_SCOPE } from '../../functions/engine/alloydb/credentials.ts';
import { startFakeAlloydb } from '../../test/support/alloydb/fakeAlloydb.ts';

const [, , databaseUrl = ''] = process.argv;

// A process of its own, as a proxy is: it decrypts while the one that is measured encrypts.
const { api, server, office } = await startFakeAlloydb({ databaseUrl });
for (const scope of [API_SCOPE, LOGIN_SCOPE]) await office.credentials.accessToken(scope);
process.stdout.write(`${JSON.stringify({ apiEndpoint: api.url, port: server.port })}\n`);
