import { AssertionError } from "node:assert";
import { join } from "node:path";
import type { Backend } from "@class-cache/mapping";
import { CacheError } from "@class-cache/mapping";
import { isSame } from "../same-value.ts";
import type { World } from "../world.ts";
import { all } from "../world.ts";
import type { Injury } from "./injuries.ts";
import { StoreFiles } from "./store-files.ts";

/** Large and small, of which some had other values before. */
function storedEntries(): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  for (let number = 0; number < 24; number += 1) {
    const large = number % 8 === 3 ? 30_000 : (number % 5) * 60;
    entries.set(`key ${number}`, { number, text: `${number} `.repeat(large / 2) });
  }
  return entries;
}

/** What may come of reading a damaged store, beside right values and absence. */
export interface Tolerance {
  readonly codedErrors: boolean;
  /** What a key held once, although it was overwritten or deleted. */
  readonly olderValues: boolean;
}

/** All values that a key was given, the last one last; undefined: it was deleted. */
type Written = Map<string, unknown[]>;

/** A store with entries, closed, of which files are damaged, one at a time. */
export class DamagedStore {
  readonly #world: World;
  readonly #expected = storedEntries();
  readonly #id: string;
  readonly #saved: StoreFiles;

  private constructor(world: World, id: string) {
    this.#world = world;
    this.#id = id;
    this.#saved = StoreFiles.copyOf(world.folder, join(world.root, "saved"));
  }

  static async make(world: World): Promise<DamagedStore> {
    const id = world.id("damaged");
    const backend = world.sharedBackend();
    const mapping = backend.open<string, unknown>(id);
    await mapping.set("key 1", "the value before");
    await mapping.set("gone", "a value that was deleted");
    const entries = Array.from(storedEntries());
    for (const [key, value] of entries.slice(0, 20)) await mapping.set(key, value);
    await mapping.setMany(entries.slice(20));
    await mapping.delete("gone");
    await backend.close();
    return new DamagedStore(world, id);
  }

  get files(): ReadonlyMap<string, Buffer> {
    return this.#saved.files;
  }

  /** Damages the store in each of the ways, and reads it and writes to it each time. */
  async endure(injuries: readonly Injury[], tolerance: Tolerance): Promise<void> {
    for (const injury of injuries) {
      injury.inflict(join(this.#world.folder, injury.file));
      try {
        await this.#use(tolerance);
      } catch (cause) {
        const { message } = cause as Error;
        throw new Error(`${injury.file}, ${injury.what}: ${message}`, { cause });
      } finally {
        this.#saved.putBack();
      }
    }
  }

  async #use(tolerance: Tolerance): Promise<void> {
    const written: Written = new Map(Array.from(this.#expected, ([key, value]) => [key, [value]]));
    written.set("key 1", ["the value before", this.#expected.get("key 1")]);
    written.set("gone", ["a value that was deleted", undefined]);
    for (const round of [1, 2]) {
      const backend = this.#world.options.backend({ folder: this.#world.folder });
      try {
        for (const read of reads(backend, this.#id, written, tolerance)) {
          await tolerating(tolerance.codedErrors, read);
        }
        // What is no read may always say that the store is damaged.
        await tolerating(true, () => all(backend.ids()));
        await tolerating(true, () => write(backend, this.#id, written, round, tolerance));
        await tolerating(true, () => backend.open(this.#id, { onError() {} }).prune());
      } finally {
        await tolerating(tolerance.codedErrors, () => backend.close());
      }
    }
  }
}

async function tolerating(codedErrors: boolean, use: () => Promise<unknown>): Promise<void> {
  try {
    await use();
  } catch (error) {
    if (!codedErrors || !(error instanceof CacheError)) throw error;
  }
}

/** Every way to read. What is found has to be what was written. */
function reads(
  backend: Backend,
  id: string,
  written: Written,
  { olderValues }: Tolerance,
): (() => Promise<void>)[] {
  const mapping = backend.open<string, unknown>(id, { onError() {} });
  const keys = [...written.keys()];
  const right = (how: string, key: string, value: unknown): void => {
    const values = written.get(key) ?? [];
    if ((olderValues ? values : values.slice(-1)).some((each) => isSame(each, value))) return;
    throw new AssertionError({ message: `${how} gave a wrong value for ${key}`, actual: value });
  };
  return [
    ...keys.map((key) => async () => {
      const value = await mapping.get(key);
      if (value !== undefined) right("get", key, value);
    }),
    async () => {
      for (const key of keys) {
        const entry = await mapping.lookup(key);
        if (entry !== undefined) right("lookup", key, entry.value);
      }
    },
    async () => {
      for (const [at, value] of (await mapping.getMany(keys)).entries()) {
        if (value !== undefined) right("getMany", keys[at] ?? "", value);
      }
    },
    async () => {
      const { length } = await mapping.hasMany(keys);
      if (length !== keys.length) throw new AssertionError({ message: "hasMany is not aligned" });
    },
    async () => {
      const seen = new Set<string>();
      for await (const [key, value] of mapping) {
        if (seen.has(key)) throw new AssertionError({ message: `${key} came twice` });
        seen.add(key);
        right("an iteration", key, value);
      }
    },
    async () => {
      const size = await mapping.size();
      if (size > written.size) throw new AssertionError({ message: `the size was ${size}` });
    },
  ];
}

/** Writes what has to be read then, unless it is refused, or lost where errors are tolerated. */
async function write(
  backend: Backend,
  id: string,
  written: Written,
  round: number,
  { codedErrors, olderValues }: Tolerance,
): Promise<void> {
  const mapping = backend.open<string, unknown>(id, { onError() {} });
  for (const key of ["key 1", "key 3", "anew"]) {
    const value = `${key} after the damage, ${round}`;
    const values = written.get(key) ?? [];
    // A write that is refused may have taken effect all the same.
    written.set(key, [value, ...values]);
    await mapping.set(key, value);
    written.set(key, [...values, value]);
    const found = await mapping.get(key);
    if (found === value || (found === undefined && codedErrors)) continue;
    if (olderValues && values.some((each) => isSame(each, found))) continue;
    throw new AssertionError({ message: `${key} is not what was just set`, actual: found });
  }
}
