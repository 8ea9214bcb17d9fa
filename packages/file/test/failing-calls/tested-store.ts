import type { Backend, MutableMapping } from "@class-cache/mapping";
import { CacheError } from "@class-cache/mapping";
import type { FileBlocksOptions } from "@class-cache/file";
import { FileBlockBackend, fileBlocks } from "@class-cache/file";
import type { FaultyCalls } from "./faulty-calls.ts";
import type { Ledger } from "./ledger.ts";

export const ID = "tested";

/** A store whose calls of the file system may fail at any moment, used by a process beside it as well. */
export class TestedStore {
  readonly ledger: Ledger;
  /** Errors that were thrown or reported and are not of class-cache. */
  readonly strays: unknown[] = [];
  readonly #options: FileBlocksOptions;
  readonly #backend: Backend;
  readonly #mapping: MutableMapping<string, string>;
  /** Not touched by any fault. */
  readonly #other: Backend;
  readonly #beside: MutableMapping<string, string>;
  #steps = 0;

  constructor(options: FileBlocksOptions, faulty: FaultyCalls, ledger: Ledger) {
    this.ledger = ledger;
    this.#options = options;
    this.#backend = new FileBlockBackend(options, faulty.calls);
    const onError = (error: unknown): void => void this.#note(error);
    this.#mapping = this.#backend.open(ID, { onError });
    this.#other = fileBlocks(options);
    this.#beside = this.#other.open(ID);
  }

  async set(key: string, value: string): Promise<void> {
    this.ledger.begin(key, value);
    await this.#try(() => this.#mapping.set(key, value), [[key, value]]);
  }

  async setMany(entries: readonly (readonly [string, string])[]): Promise<void> {
    for (const [key, value] of entries) this.ledger.begin(key, value);
    await this.#try(() => this.#mapping.setMany(entries), entries);
  }

  async setDefault(key: string, value: string): Promise<void> {
    this.ledger.begin(key, value);
    const found = await this.#try(() => this.#mapping.setDefault(key, value));
    if (found === undefined) return;
    this.ledger.check(key, found);
    this.ledger.settle(key, found);
  }

  async delete(key: string): Promise<void> {
    this.ledger.begin(key, undefined);
    await this.#try(() => this.#mapping.delete(key), [[key, undefined]]);
  }

  clear(): Promise<void> {
    return this.#end(() => this.#mapping.clear());
  }

  drop(): Promise<void> {
    return this.#end(() => this.#backend.drop(ID));
  }

  async prune(): Promise<void> {
    await this.#try(() => this.#mapping.prune());
  }

  async lease(): Promise<void> {
    await this.#try(async () => (await this.#backend.lease("name")).release());
  }

  /** Reads in every way. What a fault hides is refused, never absent or other than it was. */
  async read(keys: readonly string[] = this.ledger.keys): Promise<void> {
    for (const key of keys) {
      await this.#try(async () => this.ledger.check(key, await this.#mapping.get(key)));
      await this.#try(() => this.#mapping.has(key));
    }
    await this.#try(() => this.#mapping.size());
    await this.#try(async () => {
      for await (const [key, value] of this.#mapping) this.ledger.check(key, value);
    });
    await this.#try(async () => {
      for await (const _id of this.#backend.ids());
    });
  }

  /** Closes what the faults concern. */
  async close(): Promise<void> {
    await this.#try(() => this.#backend.close());
  }

  async end(): Promise<void> {
    await Promise.allSettled([this.#backend.close(), this.#other.close()]);
  }

  /** Once the fault is over: nothing is lost, and everything works. */
  async checkRecovered(isClosed: boolean): Promise<void> {
    const fresh = fileBlocks(this.#options);
    try {
      const tested = isClosed ? fresh.open<string, string>(ID) : this.#mapping;
      for (const mapping of [tested, this.#beside, fresh.open<string, string>(ID)]) {
        await this.#checkAll(mapping);
      }
      for (const key of this.ledger.keys) {
        const value = `anew ${key}`;
        await tested.set(key, value);
        this.#acknowledge(key, value);
      }
      await tested.set("large anew", "large ".repeat(2000));
      this.#acknowledge("large anew", "large ".repeat(2000));
      await this.#checkAll(this.#beside);
      await tested.prune();
      await (await (isClosed ? fresh : this.#backend).lease("name")).release();
      await this.#checkAll(tested);
    } finally {
      await fresh.close();
    }
  }

  async #checkAll(mapping: MutableMapping<string, string>): Promise<void> {
    let count = 0;
    for (const key of this.ledger.keys) {
      const found = await mapping.get(key);
      this.ledger.check(key, found);
      // A cache with limits may evict it at any time.
      if (!this.#isBounded) this.ledger.settle(key, found);
      if (found !== undefined) count += 1;
    }
    if (this.#isBounded) return;
    const size = await mapping.size();
    if (size !== count) throw new Error(`the size is ${size}, and ${count} keys hold something`);
    for await (const [key, value] of mapping) this.ledger.check(key, value);
  }

  get #isBounded(): boolean {
    return this.#options.maxEntries !== undefined;
  }

  /** @returns what came of it; undefined when it was refused with a coded error */
  async #try<R>(
    use: () => Promise<R>,
    acknowledged: readonly (readonly [string, string | undefined])[] = [],
  ): Promise<R | undefined> {
    let outcome: R | undefined;
    try {
      outcome = await use();
      for (const [key, value] of acknowledged) this.#acknowledge(key, value);
    } catch (error) {
      if (!this.#note(error)) throw error;
    }
    await this.#useBeside();
    return outcome;
  }

  #acknowledge(key: string, value: string | undefined): void {
    this.ledger.settle(key, value);
    if (this.#isBounded) this.ledger.begin(key, undefined);
  }

  async #end(end: () => Promise<unknown>): Promise<void> {
    const { keys } = this.ledger;
    for (const key of keys) this.ledger.begin(key, undefined);
    await this.#try(
      end,
      keys.map((key) => [key, undefined]),
    );
  }

  /** Another process is not disturbed by what this one meets: it has no errors at all. */
  async #useBeside(): Promise<void> {
    this.#steps += 1;
    if (this.#steps % 5 !== 0) return;
    const { keys } = this.ledger;
    const key = keys[this.#steps % keys.length] ?? "none";
    this.ledger.check(key, await this.#beside.get(key));
    const own = `beside ${this.#steps % 3}`;
    const value = `${this.#steps}`;
    this.ledger.begin(own, value);
    await this.#beside.set(own, value);
    this.#acknowledge(own, value);
    this.ledger.check(own, await this.#beside.get(own));
  }

  #note(error: unknown): boolean {
    if (error instanceof CacheError) return true;
    this.strays.push(error);
    return false;
  }
}
