import type { Entry } from "@class-cache/mapping";
import { unseal } from "./envelope.ts";
import type { TagStamp } from "./envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import type { Generation } from "./generation.ts";
import { isSame } from "./generation.ts";
import type { Changes } from "./generations.ts";
import { Generations } from "./generations.ts";
import { Notes } from "./explain-notes.ts";
import type { Held, HeldTimes } from "./held.ts";
import { isIn, nameOf, NOTHING } from "./invalidation-log.ts";
import { Isolation } from "./isolation.ts";
import type { KnownCall } from "../keys/recent-calls.ts";
import { MemoryTier } from "./memory-tier.ts";
import type { MemoSettings } from "../options/options.ts";
import type { Remembered } from "./remembered.ts";
import type { Begun, Standing } from "./standing.ts";
import { standingOf } from "./standing.ts";
import type { StoreOptions } from "./store.ts";
import { Store } from "./store.ts";
import { StoreLocks } from "./store-locks.ts";
import { noteTagged } from "./tagged-backends.ts";

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
  /** Known before anything is held. */
  #isolation: Isolation | undefined;
  /** Known once the store was opened, so before anything is held. */
  #generations: Generations | undefined;
  #successor: Site | undefined;
  /** What memory was last held against; undefined: never yet. */
  #since: Generation | undefined;
  /** What memory must not hold at that moment. */
  #unsettled: Changes["unsettled"] = NOTHING;

  constructor(options: StoreOptions, settings: MemoSettings, freshness: Freshness) {
    this.store = new Store(options);
    this.#id = options.id;
    this.#settings = settings;
    this.#freshness = freshness;
  }

  /** Whether results may have tags. */
  get isTagged(): boolean {
    return this.#settings.tags !== undefined;
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
    this.#tier?.tellUsesAtTimes();
    try {
      const generations = await this.#counts();
      let { known } = generations;
      if (!generations.isStill(known)) known = await generations.look();
      this.#tellReported(generations);
      const since = this.#since;
      if (known === since) return known;
      if (known.life !== "" || since !== undefined) {
        const changes = await generations.changes(this.#id, this.isTagged, since ?? known);
        // Where the counts could not be read before, nobody knows what was invalidated.
        this.#drop(since === undefined ? "all" : changes.invalidated);
        this.#unsettled = changes.unsettled;
      }
      this.#since = known;
      return known;
    } catch (error) {
      this.store.report(error, "lookup", undefined);
      return undefined;
    }
  }

  /** What a result that has tags and is set by hand carries. @throws what the backend throws */
  async stamp(): Promise<Generation> {
    return (await this.#counts()).stamp();
  }

  /**
   * How a result that is under way stands for a call that comes now, see `standingOf`; undefined also where
   * the backend fails.
   */
  async standing(
    key: string,
    begun: Begun,
    ended: Promise<unknown>,
    anyTag: boolean,
  ): Promise<Standing | undefined> {
    return this.store.spare("lookup", undefined, async () =>
      standingOf(await this.#counts(), { id: this.#id, key, anyTag }, begun, ended),
    );
  }

  /**
   * Does what stores a result, while nobody changes it: no invalidation comes between a look and a write that
   * goes by it. @throws what the backend throws
   */
  async whileStoring<T>(key: string, act: () => Promise<T>): Promise<T> {
    return StoreLocks.of(await this.store.backend()).whileStoring(this.#id, key, act);
  }

  /**
   * Whether a result was invalidated since then, by whatever process, as far as it was counted; also where
   * that cannot be learnt. Which invalidated tags concern it is judged when it is read.
   *
   * @param since undefined: that could not be learnt
   */
  async isSuperseded(
    key: string,
    since: Generation | undefined,
    until?: Generation,
  ): Promise<boolean> {
    const generations = this.#generations;
    // Where the backend could not be had, nothing can be stored either.
    if (generations === undefined) return false;
    if (since === undefined) return true;
    const superseded = await this.store.spare("lookup", key, () =>
      generations.isSuperseded(this.#id, nameOf(key), since, until?.count),
    );
    this.#tellReported(generations);
    return superseded !== false;
  }

  /**
   * Does what changes a result, or without a key all, so that every process knows of it at its next call
   * and nothing that was begun before takes its place.
   *
   * @param act told the counts before and after
   * @param isPatient see `ShortLeases`
   * @throws what the backend throws, and what `act` throws
   */
  async change<T>(
    key: string | undefined,
    act: (before: Generation, after: Generation) => Promise<T>,
    isPatient: boolean = true,
  ): Promise<T> {
    const generations = await this.#counts();
    if (generations.known.life === "") await generations.begin(isPatient);
    const since = await this.renew();
    const locks = StoreLocks.of(await this.store.backend());
    const actLocked = (before: Generation, after: Generation): Promise<T> =>
      locks.whileChanging(this.#id, key, isPatient, () => act(before, after));
    const counted = await generations.invalidate({ id: this.#id, key }, actLocked, isPatient);
    this.#tellReported(generations);
    const { outcome, before, after } = counted;
    // Nothing else happened meanwhile: the rest of what is in memory still counts.
    const isAlone = since !== undefined && isSame(since, before);
    if (isAlone && isSame(generations.known, after)) {
      this.#since = generations.known;
      this.#unsettled = NOTHING;
    }
    await this.#successor?.renew();
    return outcome;
  }

  /** What memory counts against: what is held against an older moment is not remembered. */
  get since(): Generation | undefined {
    return this.#since;
  }

  /** Has counting begun, for results that have tags. @returns as `renew` */
  async begin(): Promise<Generation | undefined> {
    await this.store.spare("lookup", undefined, async () => (await this.#counts()).begin());
    return this.renew();
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
    const ended = await this.store.spare("lookup", key, async () =>
      (await this.#counts()).ended(tags),
    );
    if (this.#generations !== undefined) this.#tellReported(this.#generations);
    return ended?.length === 0;
  }

  /**
   * The value as it can be held; undefined where the codec fails, which is reported.
   *
   * @throws UnstorableError for a value that would not come back as it is
   */
  async hold(key: string, value: unknown, times: HeldTimes): Promise<Held | undefined> {
    // Which tells of a backend that cannot be opened.
    await this.store.codec();
    return this.holdAtOnce(key, value, times);
  }

  /** The same of the value as it is at this moment. */
  async holdAtOnce(key: string, value: unknown, times: HeldTimes): Promise<Held | undefined> {
    return this.store.spare("store", key, async () => this.#isolated().hold(key, value, times));
  }

  /** The same for what the backend had. */
  async holdRemembered(key: string, remembered: Remembered): Promise<Held | undefined> {
    const { value, entry, cost } = remembered;
    const times = { quickUntil: this.#freshness.quickUntil(remembered), cost };
    return this.store.spare("store", key, async () =>
      this.#isolated().holdEntry(key, value, entry, times),
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

  forgetAll(): void {
    this.#tier?.clear();
    this.#successor?.forgetAll();
  }

  /** What still comes home here concerns the memory of the one that stands in its place. */
  succeedBy(site: Site): void {
    this.#successor = site;
    this.#tier?.clear();
  }

  /** @param since what was known of invalidations before the result was read or computed */
  remember(key: string, held: Held, since: Generation | undefined): void {
    const isOfNow = since === this.#since && (since === undefined || this.#isNewest(since));
    if (this.#settings.memory === undefined || !isOfNow) return;
    if (isIn(this.#unsettled, nameOf(key))) return;
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

  /** Whether this process has learnt of no invalidation since then. */
  #isNewest(since: Generation): boolean {
    return this.#generations !== undefined && isSame(since, this.#generations.known);
  }

  async #counts(): Promise<Generations> {
    if (this.#generations === undefined) {
      const backend = await this.store.backend();
      if (this.isTagged) noteTagged(backend);
      this.#generations = Generations.of(backend);
    }
    return this.#generations;
  }

  #tellReported(generations: Generations): void {
    for (const error of generations.takeReported()) this.store.report(error, "lookup", undefined);
  }

  #drop(invalidated: Changes["invalidated"]): void {
    if (invalidated === "all") this.#tier?.clear();
    else if (invalidated.size > 0) this.#tier?.drop((key) => invalidated.has(nameOf(key)));
  }

  #isolated(): Isolation {
    const isShared = !this.#settings.isolate;
    return (this.#isolation ??= new Isolation(this.store.codecAtOnce, this.#id, isShared));
  }
}
