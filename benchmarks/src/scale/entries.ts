import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import type { Store } from "../stores/store.ts";
import { v8Codec } from "../stores/v8-codec.ts";

export const BACKENDS = [
  "fileBlocks()",
  "sqlite()",
  "node:sqlite",
  "level()",
  "classic-level",
] as const;

export type BackendName = (typeof BACKENDS)[number];

/** The bare engine below a backend: what grows with it is not the backend's doing. */
export const ENGINES: Partial<Readonly<Record<BackendName, BackendName>>> = {
  "sqlite()": "node:sqlite",
  "level()": "classic-level",
};

/** What is measured of a store. */
export interface ScaleStore extends Pick<Store, "get" | "has" | "set" | "close"> {
  setMany(entries: readonly (readonly [string, string])[]): unknown;
  hasMany(keys: readonly string[]): Promise<boolean[]> | boolean[];
  /** Gives back the space of what was replaced. */
  prune(): unknown;
}

/** A store of so many entries, `key-0` and on, in a folder. */
export interface Stock {
  readonly backend: BackendName;
  readonly folder: string;
  readonly entries: number;
}

/** Loads a package and gives what opens its store, so that both can be timed apart. */
export async function loaded(
  name: BackendName,
): Promise<(folder: string) => Promise<ScaleStore> | ScaleStore> {
  switch (name) {
    case "fileBlocks()": {
      const { fileBlocks } = await import("@class-cache/file");
      return (folder) => ours(fileBlocks({ dir: join(folder, "blocks") }));
    }
    case "sqlite()": {
      const { sqlite } = await import("@class-cache/sqlite");
      return (folder) => ours(sqlite({ path: join(folder, "store.sqlite") }));
    }
    case "level()": {
      const { level } = await import("@class-cache/level");
      return (folder) => ours(level({ dir: join(folder, "level") }));
    }
    case "node:sqlite": {
      const { onNode } = await import("../stores/bare-sqlite.ts");
      return (folder) => bare(onNode(join(folder, "node.sqlite"), v8Codec));
    }
    case "classic-level": {
      const { BareLevel } = await import("../stores/bare-level.ts");
      return async (folder) => bare(await BareLevel.open(join(folder, "level"), v8Codec));
    }
  }
}

function ours(backend: Backend): ScaleStore {
  const mapping: MutableMapping<string, unknown> = backend.open("scale");
  return {
    get: (key) => mapping.get(key),
    has: (key) => mapping.has(key),
    set: (key, value) => mapping.set(key, value),
    setMany: (entries) => mapping.setMany(entries),
    hasMany: (keys) => mapping.hasMany(keys),
    prune: () => mapping.prune(),
    close: () => backend.close(),
  };
}

function bare(store: Store): ScaleStore {
  return {
    get: (key) => store.get(key),
    has: (key) => store.has(key),
    set: (key, value) => store.set(key, value),
    setMany: (entries) => store.setAll?.(entries),
    hasMany: (keys) => keys.map((key) => store.has(key) === true),
    prune: () => store.compact?.(),
    close: () => store.close(),
  };
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
