import type { Plugin } from 'esbuild';

const NAMESPACE = 'rest-only';

/**
 * Leaves gRPC out of the client of Secret Manager, which then takes calls with `fallback: true` only: a third of its code, and
 * of the time that its first use takes.
 */
export function restOnly(root: string): Plugin {
  return {
    name: NAMESPACE,
    setup: (bundle) => {
      bundle.onResolve({ filter: /^google-gax$/ }, ({ path, importer }) =>
        importer.includes('/secret-manager/') ? { path, namespace: NAMESPACE } : undefined,
      );
      bundle.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({
        resolveDir: root,
        contents: `
          exports.fallback = require('google-gax/fallback');
          exports.loggingUtils = require('google-logging-utils');
          exports.decodeAnyProtosInArray = require('./node_modules/google-gax/build/src/util.js').decodeAnyProtosInArray;
        `,
      }));
    },
  };
}
