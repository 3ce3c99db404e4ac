/** Everything that `source` yields. */
export async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const value of source) all.push(value);
  return all;
}
