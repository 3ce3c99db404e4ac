import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { catalog } from '../functions/catalog.ts';
import { deployedFamilies } from '../scripts/generate/deployedFamilies.ts';

const ROOT = join(import.meta.dirname, '..');
const INFRA = join(ROOT, 'infra');
/** Runs Terraform against the provider's schemas, without a network; lies beside the project where there is one. */
const CHECK = process.env['TERRAFORM_CHECK'] ?? join(ROOT, '../shared/tools/terraform-check/check');
const MISSING = [
  spawnSync('terraform', ['version']).error === undefined ? '' : 'terraform',
  existsSync(CHECK) ? '' : 'terraform-check',
].filter((name) => name !== '');

const FILES = readdirSync(INFRA).filter((name) => name.endsWith('.tf'));
const TEXT = FILES.map((name) => readFileSync(join(INFRA, name), 'utf8')).join('\n');

describe('Terraform', () => {
  const name = 'formats, validates and passes its own tests';
  const reason = MISSING.length === 0 ? '' : ` (not run: no ${MISSING.join(', no ')} here)`;

  test.skipIf(MISSING.length > 0)(`${name}${reason}`, { timeout: 300_000 }, () => {
    const { status, stdout, stderr } = spawnSync(CHECK, [INFRA], { encoding: 'utf8' });

    expect(`${stdout}${stderr}`).toMatch(/Success! [1-9]\d* passed, 0 failed/);
    expect(status).toBe(0);
  });

  test('has fifteen assertions or more', () => {
    const tests = readdirSync(join(INFRA, 'tests')).map((file) =>
      readFileSync(join(INFRA, 'tests', file), 'utf8'),
    );

    expect(tests.join('').match(/^\s+assert \{$/gm)?.length).toBeGreaterThanOrEqual(15);
  });

  test('knows no value of a secret', () => {
    expect(TEXT).not.toMatch(/google_secret_manager_secret_version|secret_data|initial_user/);
  });

  test('makes nobody owner or editor', () => {
    expect(TEXT).not.toMatch(/roles\/(?:owner|editor)\b/);
  });

  test('every variable says what it is for', () => {
    const undocumented = [
      ...TEXT.matchAll(/^variable "(\w+)" \{\n(?! {2}description = ".{15,}")/gm),
    ];

    expect(undocumented.map(([, variable]) => variable)).toEqual([]);
  });

  test('every environment variable is a setting that the loader reads', () => {
    const code = TEXT.replaceAll(/^ +description = .*$/gm, '');
    const named = [...code.matchAll(/(?<![\w"])([A-Z][A-Z\d]*_[A-Z\d_]+) +=>? /g)].map(
      ([, key]) => key,
    );

    const known = knownSettings();

    expect(named).toContain('ALLOYDB_INSTANCE');
    expect(named.filter((key) => !known.has(key ?? ''))).toEqual([]);
  });
});

/** What the loader's code names, each as the name of a secret too, and what the platform itself reads. */
function knownSettings(): ReadonlySet<string> {
  const files = readdirSync(join(ROOT, 'functions'), { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'functions', name), 'utf8'))
    .flatMap((text) => [...text.matchAll(/'([A-Z][A-Z\d]*_[A-Z\d_]+)'/g)])
    .map(([, name]) => name ?? '');
  return new Set(['FUNCTION_TARGET', ...names.flatMap((name) => [name, `${name}_SECRET`])]);
}

describe('families.json', () => {
  const families = JSON.parse(readFileSync(join(INFRA, 'families.json'), 'utf8')) as ReturnType<
    typeof deployedFamilies
  >;

  test('is what the catalogue says', () => {
    expect(families).toEqual(deployedFamilies(catalog));
  });

  test.each(Object.keys(catalog))('names the families that %s brings with it', (id) => {
    const index = readFileSync(join(ROOT, 'functions', id, 'index.ts'), 'utf8');
    const imported = [...index.matchAll(/from '\.\.\/(\w+)\/resources\.ts'/g)].map(
      ([, name]) => name,
    );

    expect(families[id]?.parents).toEqual(imported.toSorted());
  });

  test.each(Object.entries(families))('gives %s a schedule and a time that fit', (_id, family) => {
    const { schedule, timeoutSeconds, budgetSeconds } = family;

    expect(schedule).toMatch(/^(?:\d{1,2}|\d{1,2}-59\/\d{1,2}) \* \* \* \*$/);
    expect(timeoutSeconds).toBeLessThanOrEqual(1_800);
    expect(budgetSeconds).toBeLessThan(timeoutSeconds);
  });
});
