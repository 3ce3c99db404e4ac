import { fileURLToPath } from 'node:url';

import type { BuildOptions } from 'esbuild';

/** CommonJS, because several dependencies call `require`; Node 20 runs it, though functions run on 24. */
export const bundleOptions: BuildOptions = {
  absWorkingDir: fileURLToPath(new URL('..', import.meta.url)),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  legalComments: 'linked',
  external: ['pg-native'],
  logLevel: 'warning',
};
