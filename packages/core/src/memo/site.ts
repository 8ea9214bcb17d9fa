import type { Entry } from "@class-cache/mapping";
import { unseal } from "./envelope.ts";
import type { TagStamp } from "./envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import type { Generation, Invalidated } from "./generations.ts";
import { Generations, nameOf } from "./generations.ts";
import { Notes } from "./explain-notes.ts";
import type { Held, HeldTimes } from "./held.ts";
import { Isolation } from "./isolation.ts";
import type { KnownCall } from "../keys/recent-calls.ts";
import { MemoryTier } from "./memory-tier.ts";
import type { MemoSettings } from "../options/options.ts";
import type { Remembered } from "./remembered.ts";
import type { StoreOptions } from "./store.ts";
import { Store } from "./store.ts";
import { noteTagged } from "./tagged-backends.ts";

/** Pause after which the backend is told of uses from memory with the next look for invalidations. */
const TELL_USES_MS = 10_000;

/** A value that was held; wrapped, as it may be undefined. */
interface Opened {
  readonly value: unknown;
}

/** Where a method's results are: its store, and in front of it the memory of this process. */
export class Site {
  readonly store: Store;
  readonly notes: Notes = new Notes();
  readonly #id: string;
  readonly #settings: MemoSettings;
  readonly #freshness: Freshness;
  #tier: MemoryTier | undefined;
  /** Known once the store was asked for its codec, so before anything is held. */
  #isolation: Isolation | undefined;
  /** Known once the store was opened, so before anything is held. */
  #generations: Generations | undefined;
  /** By `performance.now()`. */
  #toldUses = 0;
  #successor: Site | undefined;
  /** What memory was last held against; undefined: never yet. */
  #since: Generation | undefined;

  constructor(options: StoreOptions, settings: MemoSettings, freshness: Freshness) {
    this.store = new Store(options);
    this.#id = options.id;
    this.#settings = settings;
    this.#freshness = freshness;
  }

  now(): number {
    return this.store.clock.now();
  }

  /** Whether memory may be answered from: nothing can have been invalidated that it does not know. */
  get isCurrent(): boolean {
    return this.#generations?.isStill(this.#since) === true;
  }

  /**
   * Sees to it that memory holds nothing that was invalidated, by whatever process. Where the backend
   * fails, memory is all there is; the look-up that follows tells of it.
   *
   * @returns what is known of invalidations; undefined where the backend fails
   */
  async renew(): Promise<Generation | undefined> {
    this.#tellUses();
    try {
      const generations = (this.#generations ??= Generations.of(await this.store.backend()));
      let { known } = generations;
      if (!generations.isStill(known)) known = await generations.look();
      const since = this.#since;
      if (known === since) return known;
      const tagged = this.#settings.tags !== undefined;
      if (since !== undefined) this.#drop(await generations.invalidated(this.#id, tagged, since));
      this.#since = known;
      return known;
    } catch {
      return undefined;
    }
  }

  /** What a result that is about to be computed will carry, where results have tags. */
  async stamp(): Promise<Generation | undefined> {
    if (this.#settings.tags === undefined) return undefined;
    return this.store.spare("lookup", undefined, async () => {
      const backend = await this.store.backend();
      noteTagged(backend);
      return Generations.of(backend).stamp();
    });
  }

  /** Whether a result was invalidated since then, by whatever process. */
  async isSuperseded(key: string, since: Generation | undefined): Promise<boolean> {
    const generations = this.#generations;
    if (generations === undefined || since === undefined) return false;
    const invalidated = await this.store.spare("lookup", key, async () => {
      const known = await generations.lookAgain();
      if (known === since) return undefined;
      // Which of them concern the result's own tags is judged when it is read.
      return generations.invalidated(this.#id, false, since);
    });
    return invalidated === "all" || invalidated?.has(nameOf(key)) === true;
  }

  /**
   * Tells every process that a result changed; without a key, that all did.
   *
   * @throws what the backend throws
   */
  async announce(key: string | undefined): Promise<void> {
    const backend = await this.store.backend();
    if (!backend.supports.sharedAccess) return;
    const generations = (this.#generations ??= Generations.of(backend));
    const { known } = generations;
    const next = await generations.invalidate({ id: this.#id, key });
    // Nothing else happened meanwhile: what is in memory still counts.
    if (known === this.#since && next.life === known.life && next.count === known.count + 1) {
      this.#since = next;
    }
  }

  /** What is known of invalidations without looking. */
  get known(): Generation | undefined {
    return this.#generations?.known;
  }

  /** What memory holds under the key, if nothing else is to be done than to answer with it. */
  held(key: string): Held | undefined {
    const held = this.#tier?.get(key);
    return held === undefined || this.isQuick(held) ? held : undefined;
  }

  /** The same under the key of a call. */
  find(call: KnownCall): Held | undefined {
    const held = this.#tier?.find(call);
    return held === undefined || this.isQuick(held) ? held : undefined;
  }

  /** Whether nothing else is to be done than to answer with it. */
  isQuick(held: Held): boolean {
    return held.quickUntil === Infinity || this.now() < held.quickUntil;
  }

  /** What the backend has under the key, if it may serve for anything. */
  async lookup(key: string): Promise<Remembered | undefined> {
    return this.#judge(key, await this.store.lookup(key));
  }

  /** The same. @throws what the backend throws */
  async read(key: string): Promise<Remembered | undefined> {
    return this.#judge(key, await (await this.store.mapping()).lookup(key));
  }

  async #judge(key: string, entry: Entry<unknown> | undefined): Promise<Remembered | undefined> {
    if (entry === undefined) return undefined;
    const { value, terms } = unseal(entry.value);
    const { storedAt, expiresAt, cost } = entry;
    const freshUntil = terms.freshUntil ?? expiresAt ?? Infinity;
    const age = this.#freshness.ageOf({ storedAt, freshUntil }, this.now());
    if (age === "gone" || (terms.failed === true && age !== "fresh")) return undefined;
    if (terms.tags !== undefined && !(await this.holds(key, terms.tags))) return undefined;
    return { value, terms, storedAt, freshUntil, expiresAt, cost, age, entry };
  }

  /** Whether none of a result's tags was invalidated since it was computed. */
  async holds(key: string, tags: TagStamp): Promise<boolean> {
    const holds = await this.store.spare("lookup", key, async () =>
      Generations.of(await this.store.backend()).holds(tags),
    );
    return holds === true;
  }

  /**
   * The value as it can be held; undefined where the codec fails, which is reported.
   *
   * @throws UnstorableError for a value that would not come back as it is
   */
  async hold(key: string, value: unknown, times: HeldTimes): Promise<Held | undefined> {
    const isolation = await this.#isolated();
    return this.store.spare("store", key, async () => isolation.hold(key, value, times));
  }

  /** The same for what the backend had. */
  async holdRemembered(key: string, remembered: Remembered): Promise<Held | undefined> {
    const { value, entry, cost } = remembered;
    const isolation = await this.#isolated();
    const times = { quickUntil: this.#freshness.quickUntil(remembered), cost };
    return this.store.spare("store", key, async () =>
      isolation.holdEntry(key, value, entry, times),
    );
  }

  /**
   * The value held, for one reader; undefined where the codec fails, which is reported. A promise only
   * where the codec takes its time.
   */
  open(key: string, held: Held): Opened | undefined | Promise<Opened | undefined> {
    try {
      // What is held was made by it.
      const value = (this.#isolation as Isolation).open(key, held);
      if (!(value instanceof Promise)) return { value };
      return this.store.spare("read", key, async () => ({ value: await value }));
    } catch (error) {
      return this.store.spare("read", key, () => Promise.reject(error as Error));
    }
  }

  forget(key: string): void {
    this.#tier?.delete(key);
    this.#successor?.forget(key);
  }

  /** What still comes home here concerns the memory of the one that stands in its place. */
  succeedBy(site: Site): void {
    this.#successor = site;
    this.#tier?.clear();
  }

  /** @param since what was known of invalidations before the result was read or computed */
  remember(key: string, held: Held, since: Generation | undefined): void {
    if (this.#settings.memory === undefined || since !== this.#since) return;
    this.#tier ??= new MemoryTier(
      this.#settings.memory,
      this.store.wantsUses ? (uses) => this.store.touch(uses) : undefined,
    );
    this.#tier.set(key, held);
  }

  /** @returns true when memory or the backend had it; throws what the backend throws */
  async delete(key: string): Promise<boolean> {
    const held = this.held(key) !== undefined;
    this.#tier?.delete(key);
    return (await (await this.store.mapping()).delete(key)) || held;
  }

  /** @throws what the backend throws */
  async clear(): Promise<void> {
    this.#tier?.clear();
    await (await this.store.mapping()).clear();
  }

  /** Also a process that has only hits in memory has to tell of them, since others evict as well. */
  #tellUses(): void {
    if (this.#tier === undefined) return;
    const now = performance.now();
    if (now - this.#toldUses < TELL_USES_MS) return;
    this.#toldUses = now;
    this.#tier.tellUses();
  }

  #drop(invalidated: Invalidated): void {
    if (invalidated === "all") this.#tier?.clear();
    else if (invalidated.size > 0) this.#tier?.drop((key) => invalidated.has(nameOf(key)));
  }

  async #isolated(): Promise<Isolation> {
    this.#isolation ??= new Isolation(await this.store.codec(), this.#id, !this.#settings.isolate);
    return this.#isolation;
  }
}
