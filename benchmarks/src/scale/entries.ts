import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Backend, MutableMapping } from "@class-cache/mapping";

export const BACKENDS = ["fileBlocks()", "sqlite()", "level()"] as const;

export type BackendName = (typeof BACKENDS)[number];

/** A store of so many entries, `key-0` and on, in a folder. */
export interface Stock {
  readonly backend: BackendName;
  readonly folder: string;
  readonly entries: number;
}

/** Loads a package and gives what opens its backend, so that both can be timed apart. */
export async function loaded(name: BackendName): Promise<(folder: string) => Backend> {
  switch (name) {
    case "fileBlocks()": {
      const { fileBlocks } = await import("@class-cache/file");
      return (folder) => fileBlocks({ dir: join(folder, "blocks") });
    }
    case "sqlite()": {
      const { sqlite } = await import("@class-cache/sqlite");
      return (folder) => sqlite({ path: join(folder, "store.sqlite") });
    }
    case "level()": {
      const { level } = await import("@class-cache/level");
      return (folder) => level({ dir: join(folder, "level") });
    }
  }
}

export function mappingOf(backend: Backend): MutableMapping<string, string> {
  return backend.open<string, string>("scale");
}

export function keyAt(index: number): string {
  return `key-${index}`;
}

/** One of so many, far from the one before; all of them come by. */
export function scattered(at: number, entries: number): number {
  return (at * 48_271) % entries;
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
const noise = Array.from(randomBytes(1 << 16), (byte) => ALPHABET[byte % 64]).join("");

/** Text that does not compress, another one for each number of neighbours. */
export function textOf(bytes: number, number: number): string {
  const from = (number * 7919) % (noise.length - bytes);
  return noise.slice(from, from + bytes);
}

export async function inChunks(
  entries: number,
  chunk: number,
  each: (indexes: readonly number[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < entries; from += chunk) {
    const length = Math.min(chunk, entries - from);
    await each(Array.from({ length }, (_, index) => from + index));
  }
}
