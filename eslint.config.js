import { defineConfig, globalIgnores } from 'eslint/config';
import simpleImportSort from 'eslint-plugin-simple-import-sort';
import tseslint from 'typescript-eslint';

import { layersRule } from './test/support/architecture/layersRule.ts';

const MODULE_BORDERS = [
  {
    selector: 'TSEnumDeclaration',
    message: 'Use a union of literals: Node runs this source without compiling it.',
  },
  { selector: 'ExportDefaultDeclaration', message: 'Export it by its name.' },
];

/** Clocks, randomness and the environment reach the engine as arguments, so that tests choose them. */
const INJECTED = [
  'MemberExpression[object.name="process"][property.name="env"]',
  'CallExpression[callee.object.name="Date"][callee.property.name="now"]',
  'CallExpression[callee.name="Date"]',
  'NewExpression[callee.name="Date"][arguments.length=0]',
  'CallExpression[callee.object.name="performance"][callee.property.name="now"]',
  'MemberExpression[object.name="Math"][property.name="random"]',
  'MemberExpression[property.name=/^(randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)$/]',
  'ImportSpecifier[imported.name=/^(randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)$/]',
].map((selector) => ({
  selector,
  message:
    'Only the entrances read the environment, clocks and randomness; take it as an argument.',
}));

export default defineConfig(
  globalIgnores(['dist/', '.local/', 'coverage/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { 'simple-import-sort': simpleImportSort, layers: { rules: { borders: layersRule } } },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'layers/borders': 'error',
      'simple-import-sort/imports': 'error',
      'simple-import-sort/exports': 'error',
      complexity: ['error', 10],
      'max-lines': ['error', { max: 249, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 49, skipBlankLines: false, skipComments: false }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-else-return': ['error', { allowElseIf: false }],
      'no-nested-ternary': 'error',
      'no-restricted-syntax': ['error', ...MODULE_BORDERS],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // What was caught may be anything and must be thrown again as it is.
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: false, allowAny: false, allowNullish: false },
      ],
    },
  },
  {
    files: ['functions/engine/**/*.ts'],
    // The connector could be used without the engine, so it has surroundings of its own.
    ignores: [
      'functions/engine/run/serve.ts',
      'functions/engine/run/answerCall.ts',
      'functions/engine/run/startServer.ts',
      'functions/engine/run/job.ts',
      'functions/engine/run/serveWebhooks.ts',
      'functions/engine/alloydb/surroundings.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...MODULE_BORDERS, ...INJECTED] },
  },
  {
    // The caller names the columns of a statement, which only the database could check.
    files: ['functions/engine/sql/*.ts'],
    rules: { '@typescript-eslint/no-unnecessary-type-parameters': 'off' },
  },
  {
    files: ['**/*.d.ts', '*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.test.ts', 'test/**/*.test-d.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['*.js'],
    plugins: { 'simple-import-sort': simpleImportSort },
    rules: { 'simple-import-sort/imports': 'error', 'no-console': 'error' },
  },
);
