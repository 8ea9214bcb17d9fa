import type { Stock } from "./entries.ts";
import { inChunks, keyAt, loaded, textOf } from "./entries.ts";

const CHUNK = 1000;
export const VALUE_BYTES = 100;

/** Fills an empty store. @returns microseconds an entry */
export async function measure({ backend, folder, entries }: Stock): Promise<number> {
  const open = await loaded(backend);
  const store = await open(folder);
  const start = performance.now();
  await inChunks(entries, CHUNK, async (indexes) => {
    await store.setMany(
      indexes.map((index) => [keyAt(index), textOf(VALUE_BYTES, index)] as const),
    );
  });
  const taken = performance.now() - start;
  await store.close();
  return (taken * 1000) / entries;
}
