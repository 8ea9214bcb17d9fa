import { seal } from "./envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import type { MemoSource } from "./memo-source.ts";
import type { Flights } from "./single-flight.ts";
import type { Site } from "./site.ts";

/** A call as the handle of a memo names it. */
export interface NamedCall {
  readonly key: string;
  readonly instance: unknown;
  readonly args: readonly unknown[];
}

/** What can be done with remembered results by hand. Failures of the backend are thrown. */
export class Remembering {
  readonly #source: MemoSource;
  readonly #freshness: Freshness;
  readonly #flights: Flights;
  readonly #site: () => Site;

  constructor(source: MemoSource, freshness: Freshness, flights: Flights, site: () => Site) {
    this.#source = source;
    this.#freshness = freshness;
    this.#flights = flights;
    this.#site = site;
  }

  /** Whether a call would be answered without waiting for the method; a stale answer counts. */
  async has(key: string): Promise<boolean> {
    const site = this.#site();
    await site.renew();
    if (site.held(key) !== undefined) return true;
    const found = await site.read(key);
    return found !== undefined && found.terms.failed !== true;
  }

  /** The remembered value; undefined also when there is none. */
  async peek(key: string): Promise<unknown> {
    const site = this.#site();
    await site.renew();
    const held = site.held(key);
    const opened = held === undefined ? undefined : await site.open(key, held);
    if (opened !== undefined) return opened.value;
    const found = await site.read(key);
    return found === undefined || found.terms.failed === true ? undefined : found.value;
  }

  /** Remembers a value as if it had been computed. */
  async set({ key, instance, args }: NamedCall, value: unknown): Promise<void> {
    const site = this.#site();
    const lifetime = this.#freshness.lifetimeOf(value);
    if (lifetime === 0) {
      await this.delete(key);
      return;
    }
    const freshUntil = site.now() + lifetime;
    const { method, settings } = this.#source;
    const names = settings.tags?.(value, args, { instance, method, args }) ?? [];
    // The caller may change the value from here on.
    const [held, stamp] = await Promise.all([
      site.holdAtOnce(key, value, { quickUntil: freshUntil, cost: undefined }),
      names.length === 0 ? undefined : site.stamp(),
    ]);
    const terms = {
      ...(stamp === undefined ? {} : { tags: { names: [...names], ...stamp } }),
      ...(this.#freshness.afterlife === 0 || freshUntil === Infinity ? {} : { freshUntil }),
    };
    const copy = held === undefined ? undefined : await site.open(key, held);
    const stored = seal(copy === undefined ? value : copy.value, terms);
    await this.#change(site, key, async () => {
      const expiresAt = this.#freshness.expiryOf(freshUntil);
      await (await site.store.mapping()).set(key, stored, { expiresAt });
      site.notes.add(key, { what: "stored", at: site.now(), freshUntil });
    });
  }

  /** @returns whether anything was remembered */
  async delete(key: string): Promise<boolean> {
    const site = this.#site();
    return this.#change(site, key, async () => {
      const existed = await site.delete(key);
      if (existed) site.notes.add(key, { what: "invalidated" });
      return existed;
    });
  }

  /** Makes a result stale, as if its time had run out. @returns whether there was one */
  async expire(key: string): Promise<boolean> {
    const site = this.#site();
    return this.#change(site, key, async () => {
      const found = await site.read(key);
      const isThere = found !== undefined && found.terms.failed !== true;
      if (!isThere || this.#freshness.afterlife === 0) {
        const existed = await site.delete(key);
        if (existed) site.notes.add(key, { what: "invalidated" });
        return isThere && existed;
      }
      const { cost, terms, value } = found;
      const freshUntil = Math.min(found.freshUntil, site.now());
      const expiresAt = this.#freshness.expiryOf(freshUntil);
      const stored = seal(value, { ...terms, freshUntil });
      await (await site.store.mapping()).set(key, stored, { expiresAt, cost });
      return true;
    });
  }

  /** Forgets the results of all calls on all instances. */
  async clear(): Promise<void> {
    const site = this.#site();
    await this.#change(site, undefined, async () => {
      await site.clear();
      site.notes.clear();
    });
  }

  /** What flights under way bring is not kept, and every process learns that something changed. */
  async #change<T>(site: Site, key: string | undefined, act: () => Promise<T>): Promise<T> {
    this.#flights.supersede(key);
    try {
      return await site.change(key, act);
    } finally {
      this.#flights.supersede(key);
      // What was read meanwhile may be of before.
      if (key === undefined) site.forgetAll();
      else site.forget(key);
    }
  }
}
