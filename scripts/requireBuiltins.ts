import { builtinModules } from 'node:module';

import type { Plugin } from 'esbuild';

const NAMESPACE = 'builtin';
const BUILTIN = new RegExp(`^(?:node:.+|${builtinModules.join('|')})$`);

/**
 * Modules of Node are required instead of imported: an import reads every export of such a module at once, which for `http`
 * alone loads a second HTTP client and takes as long as everything else that a command does before its first request.
 */
export const requireBuiltins: Plugin = {
  name: 'require-builtins',
  setup: (bundle) => {
    bundle.onResolve({ filter: BUILTIN }, ({ path, namespace, kind }) => {
      if (namespace === NAMESPACE) return { path, external: true };
      // What is imported when it is needed would come without its named exports.
      if (kind === 'dynamic-import')
        return { errors: [{ text: `import ${path} at the top of the file` }] };
      return { path, namespace: NAMESPACE };
    });
    bundle.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
