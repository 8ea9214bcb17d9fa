import type { UseCounter } from "@class-cache/mapping";
import type { ToldUse } from "./requests.ts";

/** Entries whose uses wait to be told at most; with more the owner is told at once. */
const MOST_WAITING = 4096;
const MOST_CHARACTERS = 1_000_000;

/** Gathers the uses that this process makes of entries, until the owner of the store is told of them. */
export class ToldUses {
  readonly #onFull: () => void;
  #waiting = new Map<string, Map<string, number>>();
  #keys = 0;
  #characters = 0;

  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  /** Those of one mapping's entries. */
  of(id: string): UseCounter {
    return { note: (key, times) => this.#note(id, key, times) };
  }

  /** What was gathered since this was asked last. */
  take(): ToldUse[] {
    const uses = Array.from(this.#waiting, ([id, keys]) =>
      Array.from(keys, ([key, times]) => ({ id, key, times })),
    ).flat();
    this.#waiting = new Map();
    this.#keys = 0;
    this.#characters = 0;
    return uses;
  }

  #note(id: string, key: string, times: number): void {
    let keys = this.#waiting.get(id);
    if (keys === undefined) this.#waiting.set(id, (keys = new Map<string, number>()));
    const known = keys.get(key);
    keys.set(key, (known ?? 0) + times);
    if (known !== undefined) return;
    this.#keys += 1;
    this.#characters += key.length;
    if (this.#keys >= MOST_WAITING || this.#characters >= MOST_CHARACTERS) this.#onFull();
  }
}
