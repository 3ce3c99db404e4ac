import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

interface Step {
  readonly id: string;
  readonly name: string;
  readonly entrypoint?: string;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly waitFor?: readonly string[];
}

describe('cloudbuild.yaml', () => {
  const text = read('cloudbuild.yaml');
  const build = parse(text) as {
    readonly substitutions: Readonly<Record<string, string>>;
    readonly steps: readonly Step[];
  };

  test('goes from packages to a release, each step after one that stands before it', () => {
    const ids = build.steps.map(({ id }) => id);

    expect(ids).toEqual([
      'install',
      'check',
      'test',
      'build',
      'image',
      'push',
      'remember',
      'terraform',
      'release',
    ]);
    for (const [place, { waitFor = [] }] of build.steps.entries())
      expect(ids.slice(0, place)).toEqual(expect.arrayContaining([...waitFor]));
  });

  test('names scripts that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const npm = build.steps
      .filter(({ entrypoint }) => entrypoint === 'npm')
      .map(({ args }) => args);
    const run = npm
      .filter(([verb]) => verb !== 'ci')
      .map((words) => words.find((word) => word !== 'run') ?? '');
    const files = build.steps.flatMap(({ args }) => args.filter((word) => word.endsWith('.sh')));

    expect(run.toSorted()).toEqual(['build', 'check', 'test']);
    expect(run.filter((name) => !(name in scripts))).toEqual([]);
    expect(files).toHaveLength(3);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('declares, explains and uses each of its substitutions', () => {
    const used = new Set(
      [...text.replaceAll(/^#.*$/gm, '').matchAll(/\$(_[A-Z_]+)/g)].map(([, name]) => name),
    );
    const explained = [...text.matchAll(/^ {2}(_[A-Z_]+): .* # .{10,}$/gm)].map(([, name]) => name);

    expect([...used].toSorted()).toEqual(Object.keys(build.substitutions).toSorted());
    expect(explained).toEqual(Object.keys(build.substitutions));
  });

  test('the trigger of Terraform knows no other substitutions', () => {
    const passed = [...read('infra/build.tf').matchAll(/^ {4}(_[A-Z_]+) /gm)].map(
      ([, name]) => name ?? '',
    );

    expect(passed).not.toEqual([]);
    expect(passed.filter((name) => !(name in build.substitutions))).toEqual([]);
  });

  test.each(readdirSync(join(ROOT, 'infra/build')))(
    '%s is a script that a shell can read',
    (name) => {
      const { stderr, status } = spawnSync('bash', ['-n', join(ROOT, 'infra/build', name)], {
        encoding: 'utf8',
      });

      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );
});

describe('a release', () => {
  let place: string;

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), 'release-'));
    writeFileSync(
      join(place, 'services'),
      'gitlab-instance gitlab-instance-00007-abc\ngitlab-new\ngitlab-jobs gitlab-jobs-00003-xyz\n',
    );
    writeFileSync(join(place, 'jobs'), 'gitlab-command registry/loader:before\n');
  });
  afterEach(() => {
    rmSync(place, { recursive: true });
  });

  /** Runs the script where `gcloud` and `curl` write down how they are called; `answers` are the statuses of the calls. */
  function release({
    answers,
    migrate = 0,
    back = 0,
    action = 'apply',
  }: {
    readonly answers: readonly number[];
    readonly migrate?: number;
    readonly back?: number;
    readonly action?: string;
  }) {
    const calls = join(place, 'calls');
    writeFileSync(calls, '');
    writeFileSync(
      join(place, 'answers'),
      answers.map((status) => `${status.toString()}\n`).join(''),
    );
    program(
      'gcloud',
      `
      echo "gcloud $*" >>'${calls}'
      case "$*" in
        *'services list'*) echo gitlab-instance ;;
        *'services describe'*) echo https://gitlab-instance-1.run.app ;;
        *print-identity-token*) echo token ;;
        *'jobs execute'*) exit ${migrate.toString()} ;;
        *gitlab-instance*to-revisions*) cat && exit ${back.toString()} ;;
      esac`,
    );
    program(
      'curl',
      `
      echo "curl $*" >>'${calls}'
      head -n 1 '${place}/answers' | tr -d '\\n'
      sed -i 1d '${place}/answers'`,
    );
    const { status, stderr } = spawnSync('bash', [join(ROOT, 'infra/build/release.sh')], {
      encoding: 'utf8',
      env: {
        ...{ PATH: `${place}:${process.env['PATH'] ?? ''}`, REMEMBERED: place, PAUSE_SECONDS: '0' },
        ...{
          ACTION: action,
          REGION: 'europe-west1',
          PREFIX: 'gitlab',
          PROJECT: 'acme',
          SMOKE_FAMILY: 'instance',
        },
      },
    });
    return { status, stderr, calls: readFileSync(calls, 'utf8') };
  }

  function program(name: string, body: string): void {
    const file = join(place, name);
    writeFileSync(file, `#!/usr/bin/env bash\n${body}\n`);
    chmodSync(file, 0o755);
  }

  const BACK = '--to-revisions=gitlab-instance-00007-abc=100';

  test('migrates, then sends the traffic to the newest revisions, then calls a function as the invoker', () => {
    const { status, calls } = release({ answers: [503, 200] });

    expect(status).toBe(0);
    expect(calls).toMatch(
      /jobs execute gitlab-command[^]*gitlab-instance --region=europe-west1 --to-latest[^]*invoker@acme[^]*curl[^]*curl/,
    );
    expect(calls).not.toContain('--to-revisions');
  });

  test.each([
    ['the function fails', { answers: [500] }],
    ['the function never answers well', { answers: [503, 503, 503] }],
    ['the state cannot be migrated', { answers: [200], migrate: 1 }],
  ])('puts revisions and images back when %s', (_reason, failure) => {
    const { status, calls } = release(failure);

    expect(status).toBe(1);
    expect(calls).toContain(`update-traffic gitlab-instance --region=europe-west1 ${BACK}`);
    expect(calls).toContain(
      'jobs update gitlab-command --region=europe-west1 --image=registry/loader:before',
    );
    expect(calls).not.toContain('update-traffic gitlab-new');
  });

  test('puts the rest back when one service cannot be, and names that one', () => {
    const { status, stderr, calls } = release({ answers: [500], back: 1 });

    expect(status).toBe(1);
    expect(calls).toMatch(/gitlab-jobs .*--to-revisions=gitlab-jobs-00003-xyz=100[^]*jobs update/);
    expect(stderr).toContain('Put gitlab-instance back to gitlab-instance-00007-abc by hand.');
    expect(stderr).not.toContain('serves again');
  });

  test('does nothing when Terraform has only planned', () => {
    expect(release({ answers: [], action: 'plan' })).toMatchObject({ status: 0, calls: '' });
  });
});

describe('examples', () => {
  test.each(['github-actions.yaml', 'kubernetes-cronjob.yaml'])('%s is YAML', (name) => {
    const documents = parseAllDocuments(read(`docs/examples/${name}`));

    expect(documents).not.toEqual([]);
    expect('errors' in documents ? [] : documents.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test('name settings that README.md explains', () => {
    const files = readdirSync(join(ROOT, 'docs/examples')).map((name) =>
      read(`docs/examples/${name}`),
    );
    const named = files.flatMap((text) => [
      ...text.matchAll(/^ {10}([A-Z][A-Z_]+): |- name: ([A-Z][A-Z_]+)$|\b([A-Z_]+)=\S/gm),
    ]);
    const names = new Set(named.map(([, action, pod, line]) => action ?? pod ?? line ?? ''));
    for (const other of ['SHELL', 'MAILTO', 'PATH']) names.delete(other);
    const readme = read('README.md');

    expect(names.size).toBeGreaterThan(5);
    // README.md has each secret once, and says that all of them come in three forms.
    const settings = [...names].map((name) => name.replace(/_(?:FILE|SECRET)$/, ''));
    expect(settings.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
