import type { LoadId } from '../model/ids.ts';
import type { Page } from '../model/page.ts';
import type { Schema, SchemaUpdate } from '../model/schema.ts';
import type { AddedPage } from '../normalize/addedPage.ts';
import type { Normalizer } from '../normalize/normalizer.ts';

/** What the pages of a whole scan are encoded with. */
interface Ports {
  readonly normalizer: Normalizer;
  readonly evolve: (update: SchemaUpdate, load: LoadId) => Promise<Schema>;
}

/** Encodes all pages into one package, from the first again after each change of the schema. */
export async function placeTogether(
  { normalizer, evolve }: Ports,
  load: LoadId,
  pages: readonly Page[],
): Promise<readonly AddedPage[]> {
  const results: AddedPage[] = [];
  while (results.length < pages.length) {
    const added = normalizer.add(pages[results.length] as Page, load);
    if (added.outcome === 'added') {
      results.push(added);
      continue;
    }
    normalizer.discard();
    results.length = 0;
    if (added.outcome === 'schema') normalizer.rebuild(await evolve(added.update, load));
  }
  return results;
}
