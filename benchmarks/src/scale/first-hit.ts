import type { Stock } from "./entries.ts";
import { keyAt, loaded } from "./entries.ts";

/** @returns milliseconds from opening to the first value, all code being loaded */
export async function measure({ backend, folder, entries }: Stock): Promise<number> {
  const open = await loaded(backend);
  const start = performance.now();
  const store = await open(folder);
  const value = await store.get(keyAt(Math.floor(entries / 2)));
  const end = performance.now();
  if (value === undefined) throw new Error("An entry is missing.");
  await store.close();
  return end - start;
}
