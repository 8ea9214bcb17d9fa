import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { structured } from "@class-cache/mapping";
import type { Stock } from "./entries.ts";
import { inChunks, keyAt, loaded, scattered, textOf } from "./entries.ts";

const BLOCK_BYTES = 512;
const PASSES = 5;
const MANY = 50;
const LOOKS = 60;

export interface DiskOptions extends Stock {
  readonly valueBytes: number;
}

/** Bytes on the disk for each byte of keys and encoded values. */
export interface DiskTaken {
  /** The most that was seen while entries were overwritten. */
  readonly worst: number;
  /** Once the last was written. */
  readonly after: number;
  readonly pruned: number;
}

/**
 * Overwrites entries in scattered order, all of them several times, and looks at the folder on the
 * way, once each has been written.
 */
export async function measure(options: DiskOptions): Promise<DiskTaken> {
  const { backend, folder, entries, valueBytes } = options;
  const open = await loaded(backend);
  const store = await open(folder);
  const live = liveBytes(entries, valueBytes);
  const writes = entries * PASSES;
  const look = Math.ceil(writes / MANY / LOOKS);
  let worst = 0;
  await inChunks(writes, MANY, async (indexes) => {
    await store.setMany(
      indexes.map((at) => [keyAt(scattered(at, entries)), textOf(valueBytes, at)] as const),
    );
    const [at] = indexes as [number];
    if (at >= entries && (at / MANY) % look === 0) worst = Math.max(worst, bytesIn(folder) / live);
  });
  const after = bytesIn(folder) / live;
  await store.prune();
  const pruned = bytesIn(folder) / live;
  await store.close();
  return { worst: Math.max(worst, after), after, pruned };
}

function liveBytes(entries: number, valueBytes: number): number {
  const encoded = structured().encode(textOf(valueBytes, 0), { id: "", key: "" }) as Uint8Array;
  let bytes = entries * encoded.length;
  for (let index = 0; index < entries; index += 1) bytes += keyAt(index).length;
  return bytes;
}

/** What the file system has set aside for the files of a folder. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    bytes += (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * BLOCK_BYTES;
  }
  return bytes;
}
