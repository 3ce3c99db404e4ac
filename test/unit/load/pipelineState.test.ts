import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  decodeState,
  type DltPipelineState,
  encodeState,
  firstState,
  stateHash,
} from '../../../functions/engine/load/pipelineState.ts';
import { NEW_DATASET_NAMES } from '../../../functions/engine/model/names.ts';

const GOLDEN = path.resolve(process.cwd(), '../shared/golden/dlt');

interface GoldenState {
  readonly file: string;
  readonly state: string;
  readonly version_hash: string;
  readonly decoded: unknown;
}

/** Every `_dlt_pipeline_state` row that dlt wrote, with what it decodes to. */
function goldenStates(): readonly GoldenState[] {
  return globSync('*/run*/tables/_dlt_pipeline_state.jsonl', { cwd: GOLDEN }).flatMap((file) => {
    const beside = path.join(GOLDEN, path.dirname(file), '..', 'state_decoded.json');
    const decoded = JSON.parse(readFileSync(beside, 'utf8')) as {
      version: number;
      state: object;
    }[];
    const lines = readFileSync(path.join(GOLDEN, file), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const row = JSON.parse(line) as GoldenState & { readonly version: number };
      const { state } = decoded.find(({ version }) => version === row.version) ?? {};
      return { file, state: row.state, version_hash: row.version_hash, decoded: state };
    });
  });
}

/** What dlt 1.26 wrote of a state with a value of each of its types, and what it called its hash. */
const TYPED = {
  state:
    'eNptks2O00AMx9/F102DJ2mSdqQ9sGLL1wWhLkI0VTS00yRiOokyk25LVdHH4AQXBCs+HoETb8ILlEfAGbaiSMzBkn+2/7ZH3kJmrLAyW8nGlJUGHnpHJHVe6p' +
    'NI34O6rKXqoBZLCRxq8GAurDDSHtG8Q3IhWmUzMyvkUhwjhiInxACfEJt26caWWljqktlN7VSU9U+w8evK2LyRBv5N/yOtW6VIu2qbWSe7BWeuC0lTw2H/KcAg' +
    '7iHrYTDGkGOfY+THyWCI7AyRI5KoWFatti79I/NZh15ubKdG5MvdJ4NzIoVcO/8zrlG41TfOv/nbgKgt3bqH/TdkHAOOIcFyTghvX+8/5vZFlHstS1f/NSGn0i' +
    'TGfPRAVToHPgyCMEwCDONB1E+SaIAJrb4USlGa7JGjRJN3NfKMxSRWVKrzAhpfqAVw9COaUa67ZX98+Lm/SSFNU522iGzxhjq+khv3f/QJnHkwBE61wl3Gr/dv' +
    '9+4QDt/fASedLKubylZZBjzeUevSkOykG3cy9ba76Y7g8YKyQpiCmj4oRqNZ/Ohh+bpYXeb3Fi/s81VY33nMhtGY3b8QOerxM3Yxenp1eQ673/Gd0r4=',
  version_hash: 'HhFFc6JIizhvEgDfZtXv3p/K195T1GBag0nTV1BFRUE=',
};

const FIRST = firstState('gitlab_data', NEW_DATASET_NAMES);

describe.skipIf(!existsSync(GOLDEN))('the states that dlt stored', () => {
  const states = goldenStates();

  test('are read as dlt reads them', () => {
    const different = states.filter(
      ({ state, decoded }) =>
        JSON.stringify(sorted(decodeState(state))) !== JSON.stringify(sorted(decoded)),
    );

    expect(states.length).toBeGreaterThan(100);
    expect(different.map(({ file }) => file)).toEqual([]);
  });

  test('are the same after they were written and read again', () => {
    for (const { state } of states)
      expect(decodeState(encodeState(decodeState(state)))).toEqual(decodeState(state));
  });

  test('have the hash that we compute', () => {
    const different = states.filter(
      ({ state, version_hash }) => stateHash(decodeState(state)) !== version_hash,
    );

    expect(different.map(({ file }) => file)).toEqual([]);
  });

  test('have the fields of ours, with values of the same types', () => {
    for (const { state } of states) {
      const theirs = decodeState(state);
      expect(typesOf(FIRST)).toEqual(typesOf(theirs));
      expect(FIRST.destination_type).toBe(theirs.destination_type);
    }
  });
});

describe('a state with values of each type of dlt', () => {
  const state = decodeState(TYPED.state);

  test('has the hash that dlt gave it', () => {
    expect(stateHash(state)).toBe(TYPED.version_hash);
    expect(stateHash(decodeState(encodeState(state)))).toBe(TYPED.version_hash);
  });

  test('keeps the marks of types and the digits of numbers', () => {
    const values = (state.sources ?? {})['s'];

    expect(values).toMatchObject({
      when: '\uf0272026-01-02T03:04:05.678901+00:00',
      amount: '\uf0261.10',
      bytes: '\uf02bAP8=',
      wei: '\uf02c7',
      long: { rawJSON: '9223372036854775807' },
      one: { rawJSON: '1.0' },
      whole: 12,
      half: 0.5,
    });
  });
});

describe('stateHash', () => {
  test('knows nothing of versions, of itself and of what dlt keeps on its disk', () => {
    const changed = { ...FIRST, _state_version: 7, _version_hash: '', _local: { first_run: true } };

    expect(stateHash(changed)).toBe(FIRST._version_hash);
  });

  test('changes with the content', () => {
    expect(stateHash({ ...FIRST, sources: {} })).not.toBe(FIRST._version_hash);
  });
});

describe('decodeState', () => {
  test('reads the bare JSON of old releases', () => {
    expect(decodeState(JSON.stringify(FIRST))).toEqual(FIRST);
  });

  test.each(['', 'no state', '{"_state_version": ', 'eNptks2O00AMx9'])(
    'says of %o that it cannot be read',
    (text) => {
      expect(() => decodeState(text)).toThrow(
        expect.objectContaining({ code: 'E_DATASET' }) as Error,
      );
    },
  );
});

/** The types of all fields but `sources`, which only pipelines with cursors have. */
function typesOf(state: DltPipelineState): unknown {
  const fields = Object.entries(state).filter(([field]) => field !== 'sources');
  return Object.fromEntries(fields.map(([field, value]) => [field, typeOf(value)]));
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
