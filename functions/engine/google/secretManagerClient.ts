// Imported when it is needed first, and without the newer API that its index would load too: it is larger than all of the
// rest together.
export { SecretManagerServiceClient } from '@google-cloud/secret-manager/build/src/v1/index.js';
