import { hash } from "node:crypto";

/** What is remembered of the uses of one entry. */
export interface Use {
  times: number;
  /** The caller's measure of when it was used last. */
  last: number;
}

/** Told of the uses of one mapping's entries. */
export interface UseCounter {
  /** @param times how often the entry was used since it was last told of */
  note(key: string, times: number): void;
}

/** Entries whose uses are remembered at most. */
const MOST_KEYS = 100_000;

/** A longer key is remembered by its hash. */
const LONGEST_KEY = 64;

/**
 * Remembers the uses of entries, of those used most recently. Kept as two generations, of which the
 * older is forgotten whenever the younger is full: that needs no order within them.
 */
export class Uses {
  readonly #counters = new Map<string, Generations>();
  readonly #mostYoung: number;
  #young = 0;
  readonly #measure: () => number;

  /** @param measure what `last` of a use that happens now is to be */
  constructor(measure: () => number, mostKeys: number = MOST_KEYS) {
    this.#measure = measure;
    this.#mostYoung = mostKeys / 2;
  }

  /** The uses of one mapping's entries. All callers share it. */
  of(mapping: string): UseCounter {
    return this.#of(mapping);
  }

  find(mapping: string, key: string): Use | undefined {
    return this.#counters.get(mapping)?.find(nameOf(key));
  }

  forget(mapping: string, key: string): void {
    this.#counters.get(mapping)?.forget(nameOf(key));
  }

  #of(mapping: string): Generations {
    let counter = this.#counters.get(mapping);
    if (counter === undefined) {
      counter = new Generations(this.#measure, () => this.#added());
      this.#counters.set(mapping, counter);
    }
    return counter;
  }

  #added(): void {
    this.#young += 1;
    if (this.#young < this.#mostYoung) return;
    this.#young = 0;
    for (const counter of this.#counters.values()) counter.age();
  }
}

class Generations implements UseCounter {
  #young = new Map<string, Use>();
  #old = new Map<string, Use>();
  readonly #measure: () => number;
  readonly #onAdded: () => void;

  constructor(measure: () => number, onAdded: () => void) {
    this.#measure = measure;
    this.#onAdded = onAdded;
  }

  note(key: string, times: number): void {
    const name = nameOf(key);
    let use = this.#young.get(name);
    if (use === undefined) {
      use = this.#old.get(name) ?? { times: 0, last: 0 };
      this.#young.set(name, use);
      this.#onAdded();
    }
    use.times += times;
    use.last = this.#measure();
  }

  find(name: string): Use | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  forget(name: string): void {
    this.#young.delete(name);
    this.#old.delete(name);
  }

  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}

function nameOf(key: string): string {
  return key.length <= LONGEST_KEY ? key : hash("sha256", Buffer.from(key, "utf16le"), "base64");
}
