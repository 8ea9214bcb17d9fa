import type { Entry } from "@class-cache/mapping";
import { isFresh } from "./freshness.ts";
import type { Held } from "./isolation.ts";
import { Isolation } from "./isolation.ts";
import { MemoryTier } from "./memory-tier.ts";
import type { MemoSettings } from "./options.ts";
import type { StoreOptions } from "./store.ts";
import { Store } from "./store.ts";

/** Where a method's results are: its store, and in front of it the memory of this process. */
export class Site {
  readonly store: Store;
  readonly #id: string;
  readonly #settings: MemoSettings;
  #tier: MemoryTier | undefined;
  /** Known once the store was asked for its codec, so before anything is held. */
  #isolation: Isolation | undefined;

  constructor(options: StoreOptions, settings: MemoSettings) {
    this.store = new Store(options);
    this.#id = options.id;
    this.#settings = settings;
  }

  now(): number {
    return this.store.clock.now();
  }

  /** What memory holds under the key, if it is fresh. */
  held(key: string): Held | undefined {
    const held = this.#tier?.get(key);
    if (held === undefined || held.expiresAt === undefined) return held;
    return isFresh(held.expiresAt, this.now()) ? held : undefined;
  }

  /** What the backend has under the key, if it is fresh. */
  async lookup(key: string): Promise<Entry<unknown> | undefined> {
    const entry = await this.store.lookup(key);
    return entry !== undefined && isFresh(entry.expiresAt, this.now()) ? entry : undefined;
  }

  /**
   * The value as it can be held; undefined where the codec fails, which is reported.
   *
   * @throws UnstorableError for a value that would not come back as it is
   */
  async hold(
    key: string,
    value: unknown,
    expiresAt: number | undefined,
    cost: number | undefined,
  ): Promise<Held | undefined> {
    const isolation = await this.#isolated();
    return this.store.spare("store", key, async () => isolation.hold(key, value, expiresAt, cost));
  }

  /** The same for what the backend had. */
  async holdEntry(key: string, entry: Entry<unknown>): Promise<Held | undefined> {
    const isolation = await this.#isolated();
    return this.store.spare("store", key, async () => isolation.holdEntry(key, entry));
  }

  /** The value held, for one reader; undefined where the codec fails, which is reported. */
  async open(key: string, held: Held): Promise<{ readonly value: unknown } | undefined> {
    return this.store.spare("read", key, async () => ({
      value: await this.#isolation?.open(key, held),
    }));
  }

  forget(key: string): void {
    this.#tier?.delete(key);
  }

  remember(key: string, held: Held): void {
    if (this.#settings.memory === undefined) return;
    this.#tier ??= new MemoryTier(this.#settings.memory);
    this.#tier.set(key, held);
  }

  /** @returns true when memory or the backend had it; throws what the backend throws */
  async delete(key: string): Promise<boolean> {
    const held = this.held(key) !== undefined;
    this.#tier?.delete(key);
    return (await (await this.store.mapping()).delete(key)) || held;
  }

  async clear(): Promise<void> {
    this.#tier?.clear();
    await (await this.store.mapping()).clear();
  }

  async #isolated(): Promise<Isolation> {
    this.#isolation ??= new Isolation(await this.store.codec(), this.#id, !this.#settings.isolate);
    return this.#isolation;
  }
}
