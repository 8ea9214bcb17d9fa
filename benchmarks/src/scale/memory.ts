import type { Stock } from "./entries.ts";
import { inChunks, keyAt, loaded } from "./entries.ts";

const CHUNK = 1000;

/** Bytes that a store takes in its process once it has looked for each of its entries. */
export interface MemoryTaken {
  /** Of JavaScript, after garbage collection. */
  readonly heap: number;
  /** Buffers and what native code has announced, after garbage collection. */
  readonly external: number;
  /** The whole process, what is free in its heap included. */
  readonly rss: number;
}

export async function measure({ backend, folder, entries }: Stock): Promise<MemoryTaken> {
  const open = await loaded(backend);
  const before = taken();
  const store = await open(folder);
  let found = 0;
  await inChunks(entries, CHUNK, async (indexes) => {
    const has = await store.hasMany(indexes.map(keyAt));
    found += has.filter(Boolean).length;
  });
  if (found !== entries) throw new Error(`Of ${entries} entries ${found} are there.`);
  const after = taken();
  await store.close();
  return {
    heap: after.heap - before.heap,
    external: after.external - before.external,
    rss: after.rss - before.rss,
  };
}

function taken(): MemoryTaken {
  for (let time = 0; time < 3; time += 1) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed, external, rss };
}
