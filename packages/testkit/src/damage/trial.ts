import { AssertionError } from "node:assert";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import type { Backend } from "@class-cache/mapping";
import { messageOf } from "../message-of.ts";
import { isSame } from "../same-value.ts";
import { seededRandom } from "../seeded-random.ts";
import { within } from "../within.ts";
import { all } from "../world.ts";
import type { Harm, Injuries } from "./every-injury.ts";
import { everyInjury } from "./every-injury.ts";
import type { Injury } from "./injuries.ts";
import { StoreFiles } from "./store-files.ts";

/** What damage is tried on: a store of some entries, or one of about a mebibyte. */
const sizes = { small: [12, 20], large: [96, 10_600] } as const;

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export type Size = keyof typeof sizes;

/** To mend a store takes some milliseconds; to go round in a circle, for ever. */
const PATIENCE_MS = 60_000;

/** What is tried, on which store, and what may come of it, as JSON. */
export interface Trial {
  readonly id: string;
  readonly size: Size;
  /** Where the store is kept as it was before. */
  readonly saved: string;
  readonly harm: Harm;
  /** How many injuries at most. */
  readonly most: number;
  readonly seed: number;
  /** Entries that one injury may cost. */
  readonly mostLost: number;
}

/** What a store holds after a history, by key; undefined: it was deleted. */
type Contents = ReadonlyMap<string, unknown>;

/**
 * Entries of which some replaced others, and some were deleted, partly since the store was last pruned: what
 * it then has in other files than before is to be damaged as well.
 */
export async function fill(backend: Backend, id: string, size: Size): Promise<void> {
  const mapping = backend.open<string, unknown>(id);
  const [entries] = sizes[size];
  let done = 0;
  for (const [key, value] of historyOf(size)) {
    if (value === undefined) await mapping.delete(key);
    else await mapping.set(key, value);
    done += 1;
    if (done === entries) await mapping.prune();
  }
}

function* historyOf(size: Size): Iterable<[key: string, value: unknown]> {
  const [count, length] = sizes[size];
  for (const round of ["first", "second"]) {
    for (let number = 0; number < count; number += round === "first" ? 1 : 3) {
      yield [`key ${number}`, { round, number, text: textOf(number, (number % 3) * length) }];
    }
  }
  for (const key of ["key 1", "key 6"]) yield [key, undefined];
}

/** A text that no engine can make shorter. */
function textOf(seed: number, length: number): string {
  const random = seededRandom(seed);
  return Array.from({ length }, () => LETTERS[random(LETTERS.length)]).join("");
}

/** Injures a store in many ways, one at a time, and uses it each time. */
export class Trials {
  readonly #trial: Trial;
  readonly #make: () => Backend;
  readonly #folder: string;
  readonly #store: StoreFiles;
  readonly #injuries: Injuries;
  readonly #expected: Contents;

  /**
   * @param make makes a backend on the store in the folder
   * @param folder where to try it. All that is in it is removed
   */
  constructor(trial: Trial, make: () => Backend, folder: string) {
    this.#trial = trial;
    this.#make = make;
    this.#folder = folder;
    this.#store = new StoreFiles(folder, trial.saved);
    const random = seededRandom(trial.seed);
    this.#injuries = everyInjury(trial.harm, this.#store.files, trial.most, random);
    this.#expected = new Map(historyOf(trial.size));
  }

  get count(): number {
    return this.#injuries.count;
  }

  /**
   * Tries the injuries from one number up to, and without, another.
   *
   * @throws when one has a consequence that it may not have, which it names
   */
  async try(from: number, to: number): Promise<void> {
    for (let number = from; number < to; number += 1) {
      const injury = this.#injuries.at(number);
      this.#store.putBack();
      const path = join(this.#folder, injury.file);
      injury.inflict(path);
      try {
        const lost = await within(this.#use(), "an end", PATIENCE_MS);
        if (lost > this.#trial.mostLost) {
          throw new AssertionError({ message: `it costs ${lost} entries` });
        }
      } catch (cause) {
        throw told(injury, cause);
      }
    }
  }

  /** Reads all in every way, and writes. @returns how many entries are lost */
  async #use(): Promise<number> {
    const expected = this.#expected;
    let reports = 0;
    const onError = (): void => {
      reports += 1;
    };
    subscribe("class-cache:error", onError);
    const backend = this.#make();
    let lost = 0;
    try {
      const mapping = backend.open<string, unknown>(this.#trial.id, { onError });
      const keys = [...expected.keys()];
      for (const key of keys) {
        const value = await mapping.get(key);
        if (value === undefined && expected.get(key) !== undefined) lost += 1;
        else right("get", key, value, expected);
      }
      if (lost > 0 && reports === 0) {
        throw new AssertionError({ message: `${lost} entries are lost without a word` });
      }
      await mapping.hasMany(keys);
      for (const [key, value] of await all(mapping)) right("an iteration", key, value, expected);
      await mapping.size();
      await writes(backend, this.#trial.id);
    } finally {
      await backend.close();
      unsubscribe("class-cache:error", onError);
    }
    return lost;
  }
}

/** A key that was there, one that was deleted, and one that is new take new values. */
async function writes(backend: Backend, id: string): Promise<void> {
  const mapping = backend.open<string, unknown>(id, { onError() {} });
  const keys = ["key 0", "key 1", "new"];
  for (const key of keys) await mapping.set(key, `${key} after the damage`);
  const after = new Map(keys.map((key) => [key, `${key} after the damage`]));
  for (const key of keys) right("get, after it was set,", key, await mapping.get(key), after);
}

function right(how: string, key: string, value: unknown, expected: Contents): void {
  if (expected.has(key) && isSame(expected.get(key), value)) return;
  throw new AssertionError({ message: `${how} gave a wrong value for ${key}`, actual: value });
}

function told({ file, what }: Injury, cause: unknown): Error {
  return new Error(`${file}, ${what}: ${messageOf(cause)}`, { cause });
}
