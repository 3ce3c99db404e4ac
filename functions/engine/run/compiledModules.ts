import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** The CommonJS files of one folder, evaluated once each. */
export interface CompiledModules {
  /** What the file exports. */
  readonly load: (file: string) => unknown;
  /** Keeps what V8 has compiled of the files so far, functions that were called included, for later processes. */
  readonly keep: () => void;
}

/** What `require` of a name gives, where that is not what Node.js would find. */
export type Substitutes = Readonly<Record<string, () => unknown>>;

interface Evaluated {
  readonly script: Script;
  readonly checksum: number;
  readonly module: { exports: unknown };
}

/** A file as a function of the five names that CommonJS gives it. */
type Body = (...names: readonly unknown[]) => void;

/**
 * Reads files with the code that V8 kept of them, which takes a third of the time of compiling them. V8 refuses code of
 * another version of itself or with other flags, and the file is compiled. Of the source V8 compares the length alone, so a
 * checksum is kept too: what stands beside a file of another release must not run in its place. (Node.js has a compile cache of its own, but keeps
 * no functions in it that were called after a file was evaluated.)
 */
export function compiledModules(folder: string, substitutes: Substitutes): CompiledModules {
  const evaluated = new Map<string, Evaluated>();
  const native = createRequire(join(folder, 'index.cjs'));
  const require = (name: string): unknown => {
    const substitute = substitutes[name];
    if (substitute !== undefined) return substitute();
    return name.startsWith('./') ? load(name.slice(2)) : native(name);
  };
  const load = (file: string): unknown => {
    const known = evaluated.get(file);
    if (known !== undefined) return known.module.exports;
    const filename = join(folder, file);
    const compiled = scriptOf(filename);
    const module = { exports: {} };
    evaluated.set(file, { ...compiled, module });
    const body = compiled.script.runInThisContext() as Body;
    body(module.exports, require, module, filename, folder);
    return module.exports;
  };
  const keep = (): void => {
    for (const [file, compiled] of evaluated) write(keptOf(join(folder, file)), compiled);
  };
  return { load, keep };
}

/** Wrapped as Node.js wraps CommonJS, on the first line, so that the lines of errors are those of the file. */
function scriptOf(filename: string): Omit<Evaluated, 'module'> {
  const source = readFileSync(filename);
  const checksum = crc32(source);
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${source.toString('utf8')}\n});`;
  const cachedData = keptCode(keptOf(filename), checksum);
  return { script: new Script(wrapped, { filename, ...(cachedData && { cachedData }) }), checksum };
}

function keptOf(filename: string): string {
  return `${filename}.cache`;
}

const CHECKSUM_BYTES = 4;

/** What V8 compiled of a source with this checksum; undefined where nothing of it is kept. */
function keptCode(file: string, checksum: number): Buffer | undefined {
  const kept = readIfThere(file);
  if (kept === undefined || kept.length <= CHECKSUM_BYTES) return undefined;
  return kept.readUInt32BE() === checksum ? kept.subarray(CHECKSUM_BYTES) : undefined;
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
function write(file: string, { script, checksum }: Omit<Evaluated, 'module'>): void {
  const head = Buffer.alloc(CHECKSUM_BYTES);
  head.writeUInt32BE(checksum);
  writeFileSync(`${file}.new`, Buffer.concat([head, script.createCachedData()]));
  renameSync(`${file}.new`, file);
}
