import type { Plugin } from 'esbuild';

/** A package in a file of its own, and what of it is used. */
interface LazyPackage {
  readonly file: string;
  readonly name: string;
}

/** Packages that most starts do not need and that are larger than all else: each is a file beside the bundles. */
export const LAZY_PACKAGES: Readonly<Record<string, LazyPackage>> = {
  'google-auth-library': { file: 'google-auth.cjs', name: 'GoogleAuth' },
  '@google-cloud/secret-manager/build/src/v1/index.js': {
    file: 'secret-manager.cjs',
    name: 'SecretManagerServiceClient',
  },
};

const NAMESPACE = 'lazy-package';
const NAMES = new RegExp(`^(?:${Object.keys(LAZY_PACKAGES).join('|').replaceAll('.', '\\.')})$`);
const FILE = /\.cjs$/;

/**
 * Requires those packages from their files, which are at `folder` as seen from the bundle. esbuild cannot split CommonJS, and an
 * `import` of CommonJS would have to guess its names.
 */
export function lazyPackages(folder: './' | '../'): Plugin {
  return {
    name: 'lazy-packages',
    setup: (bundle) => {
      bundle.onResolve({ filter: NAMES }, ({ path }) => ({
        path,
        namespace: NAMESPACE,
      }));
      bundle.onResolve({ filter: FILE, namespace: NAMESPACE }, ({ path }) => ({
        path,
        external: true,
      }));
      bundle.onLoad({ filter: NAMES, namespace: NAMESPACE }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(`${folder}${LAZY_PACKAGES[path]?.file ?? ''}`)});`,
      }));
    },
  };
}
