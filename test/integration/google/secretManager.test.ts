import { describe, expect, test, vi } from 'vitest';

import type { Patience, SecretManager } from '../../../functions/engine/google/secretManager.ts';
import type { FakeGoogle } from '../../support/google/fakeGoogle.ts';
import { times } from '../../support/google/secretManager.ts';
import { LATEST, named, openSecrets, SECRET, useGoogle } from '../../support/google/secretRig.ts';

const PATIENT = { timeout: 20_000, interval: 5 };

let google: FakeGoogle;

useGoogle((opened) => {
  google = opened;
});

function open(patience: Partial<Patience> = {}): SecretManager {
  return openSecrets(google, patience);
}

describe('reading a secret', () => {
  test('asks once for everybody, with the credentials of the service', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open();

    const values = await Promise.all([manager.read(LATEST), manager.read(LATEST)]);
    values.push(await manager.read(named(`${SECRET}/versions/latest`)));

    expect(values).toEqual(['canary-1', 'canary-1', 'canary-1']);
    expect(google.secrets.requests).toMatchObject([
      { verb: 'access', secret: SECRET, version: 'latest' },
    ]);
    expect(google.metadata.asked).toEqual(['https://www.googleapis.com/auth/cloud-platform']);
  });

  test.each([
    { name: `${SECRET}/versions/1`, value: 'canary-1' },
    { name: 'projects/acme/locations/europe-west1/secrets/s/versions/2', value: 'canary-4' },
  ])('takes the version that is named: $name', async ({ name, value }) => {
    google.secrets.add(SECRET, 'canary-1');
    google.secrets.add(SECRET, 'canary-2');
    google.secrets.add('projects/acme/locations/europe-west1/secrets/s', 'canary-3');
    google.secrets.add('projects/acme/locations/europe-west1/secrets/s', 'canary-4');

    expect(await open().read(named(name))).toBe(value);
  });

  test('goes past answers that Secret Manager does not have for a moment', async () => {
    google.secrets.add(SECRET, 'canary-1');
    google.secrets.fault = times(2, { status: 503 });

    expect(await open().read(LATEST)).toBe('canary-1');
    expect(google.secrets.requests).toHaveLength(3);
  });
});

describe('a value that was refused', () => {
  test('is asked for again, once for everybody; then the new one is remembered', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open();
    await manager.read(LATEST);
    google.secrets.add(SECRET, 'canary-2');

    const renewed = await Promise.all([
      manager.read(LATEST, 'canary-1'),
      manager.read(LATEST, 'canary-1'),
    ]);
    renewed.push(await manager.read(LATEST, 'canary-1'), await manager.read(LATEST));

    expect(renewed).toEqual(['canary-2', 'canary-2', 'canary-2', 'canary-2']);
    expect(google.secrets.requests).toHaveLength(2);
  });

  test('is looked for a second time when its successor comes a moment later', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open();
    await manager.read(LATEST);
    google.secrets.fault = (_, count) => {
      if (count === 2) google.secrets.add(SECRET, 'canary-2');
      return undefined;
    };

    expect(await manager.read(LATEST, 'canary-1')).toBe('canary-2');
  });

  test('is given again when there is no other', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open();
    await manager.read(LATEST);

    expect(await manager.read(LATEST, 'canary-1')).toBe('canary-1');
    expect(google.secrets.requests).toHaveLength(3);
  });

  test('is not taken from whoever asked before the refusal', async () => {
    google.secrets.add(SECRET, 'canary-1');
    let answerNow = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    google.secrets.fault = (_, count) => (count === 0 ? { until } : undefined);
    const manager = open();
    const early = manager.read(LATEST);
    const late = manager.read(LATEST, 'canary-1');
    await vi.waitUntil(() => google.secrets.requests.length === 1, PATIENT);
    answerNow();
    expect(await early).toBe('canary-1');
    google.secrets.add(SECRET, 'canary-2');

    expect(await late).toBe('canary-2');
  });
});

describe('a value that has grown old', () => {
  test('is asked for again', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open({ believedMilliseconds: 1 });
    await manager.read(LATEST);
    google.secrets.add(SECRET, 'canary-2');

    await vi.waitUntil(async () => (await manager.read(LATEST)) === 'canary-2', PATIENT);
  });

  test('serves on while Secret Manager is away', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open({ believedMilliseconds: 1, refreshMilliseconds: 300 });
    await manager.read(LATEST);
    google.secrets.fault = () => ({ status: 503 });
    await vi.waitUntil(async () => {
      await manager.read(LATEST);
      return google.secrets.requests.length > 1;
    }, PATIENT);
    const asked = google.secrets.requests.length;

    expect(await manager.read(LATEST)).toBe('canary-1');
    expect(google.secrets.requests).toHaveLength(asked);
  });
});

describe('adding a version', () => {
  test('makes it the one that is read', async () => {
    google.secrets.add(SECRET, 'canary-1');
    const manager = open();
    await manager.read(LATEST);

    await manager.add(LATEST, 'canary-2');

    expect(await manager.read(LATEST)).toBe('canary-2');
    expect(google.secrets.values(SECRET)).toEqual(['canary-1', 'canary-2']);
  });
});
