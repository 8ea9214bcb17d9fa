import type { Stock } from "./entries.ts";
import { inChunks, keyAt, loaded, mappingOf, textOf } from "./entries.ts";

const CHUNK = 1000;
export const VALUE_BYTES = 100;

/** Fills an empty store. @returns microseconds an entry */
export async function measure({ backend, folder, entries }: Stock): Promise<number> {
  await using store = (await loaded(backend))(folder);
  const mapping = mappingOf(store);
  const start = performance.now();
  await inChunks(entries, CHUNK, (indexes) =>
    mapping.setMany(indexes.map((index) => [keyAt(index), textOf(VALUE_BYTES, index)] as const)),
  );
  return ((performance.now() - start) * 1000) / entries;
}
