import { withSignal } from "./abort.ts";
import { computedChannel, missChannel, storeChannel } from "../options/channels.ts";
import { within } from "./computing-chain.ts";
import type { Terms } from "./envelope.ts";
import { seal } from "./envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import { keepableError } from "./keepable-error.ts";
import type { Call, MemoSource } from "./memo-source.ts";
import { milliseconds } from "../options/duration.ts";
import type { CallContext } from "../options/options.ts";
import type { Flight, Outcome } from "./single-flight.ts";
import type { Site } from "./site.ts";
import { forgetOlder, storeFlight } from "./storing.ts";
import type { Counters } from "../options/stats.ts";

/** A result on its way into the store. */
interface Result {
  readonly value: unknown;
  readonly cost: number;
  readonly terms: Terms;
  /** For how many milliseconds it is fresh; 0: it is not to be remembered. */
  readonly lifetime: number;
}

/** Runs a method and remembers what it gives. */
export class Computing {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #freshness: Freshness;

  constructor(source: MemoSource, counters: Counters, freshness: Freshness) {
    this.#source = source;
    this.#counters = counters;
    this.#freshness = freshness;
  }

  /** @throws what the method throws, which is remembered where `cacheErrors` says so */
  async compute(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    const began = performance.now();
    let value: unknown;
    let cost: number;
    try {
      ({ value, cost } = await this.#run(site, call, flight));
    } catch (error) {
      site.notes.add(call.key, { what: "rejected" });
      // Its time may have run out meanwhile.
      const { fallback } = flight;
      if (fallback !== undefined && this.#freshness.ageOf(fallback, site.now()) === "gone") {
        flight.fallback = undefined;
      }
      await this.#keepError(site, call, flight, error, performance.now() - began);
      throw error;
    }
    const { settings } = this.#source;
    const context = this.#context(call);
    const isWorthy = settings.shouldCache === undefined || settings.shouldCache(value, context);
    const lifetime = isWorthy ? this.#freshness.lifetimeOf(value) : 0;
    const names = settings.tags?.(value, call.args, context) ?? [];
    const { since } = flight;
    const tags =
      names.length > 0 && since !== undefined ? { names: [...names], ...since } : undefined;
    // Without knowing what was invalidated a tagged result cannot be kept.
    const isKept = names.length === 0 || tags !== undefined;
    const terms = tags === undefined ? {} : { tags };
    if (flight.diverted) site.notes.add(call.key, { what: "changed" });
    else if (!isKept) site.notes.add(call.key, { what: "unstored" });
    else if (lifetime === 0) site.notes.add(call.key, { what: isWorthy ? "ttl" : "shouldCache" });
    return this.#keep(site, call, flight, { value, cost, terms, lifetime: isKept ? lifetime : 0 });
  }

  async #keep(site: Site, call: Call, flight: Flight, result: Result): Promise<Outcome> {
    const { value, cost, lifetime, terms } = result;
    const { tags } = terms;
    const { key } = call;
    if (lifetime === 0 || flight.superseded) {
      flight.close();
      if (lifetime === 0) await forgetOlder(site, flight);
      if (flight.diverted || !flight.joined)
        return { value, held: undefined, isStale: false, tags };
      const times = { quickUntil: Infinity, cost };
      const held = await site.hold(key, value, times).catch(() => undefined);
      return { value, held, isStale: false, tags };
    }
    const now = site.now();
    const freshUntil = now + lifetime;
    const quickUntil = this.#freshness.quickUntil({ storedAt: now, freshUntil });
    // Before anyone gets the value, who may change it.
    const held = await site.hold(key, value, { quickUntil, cost });
    if (held !== undefined && !flight.superseded)
      await this.#store(site, flight, result, freshUntil);
    if (held !== undefined && !flight.superseded) site.remember(key, held, flight.since);
    return { value, held, isStale: false, tags };
  }

  async #store(site: Site, flight: Flight, result: Result, freshUntil: number): Promise<void> {
    const { key } = flight;
    const { cost } = result;
    const expiresAt = this.#freshness.expiryOf(freshUntil);
    const terms =
      this.#freshness.afterlife === 0 || freshUntil === Infinity
        ? result.terms
        : { ...result.terms, freshUntil };
    const stored = await storeFlight(site, flight, seal(result.value, terms), { expiresAt, cost });
    if (stored === "stored") site.notes.add(key, { what: stored, at: site.now(), freshUntil });
    else site.notes.add(key, { what: stored });
    if (stored !== "stored") return;
    // What memory holds was stored before; what it is to hold of this comes later.
    site.forget(key);
    if (storeChannel.hasSubscribers) {
      storeChannel.publish({ method: this.#source.method, key, expiresAt, cost });
    }
  }

  async #keepError(
    site: Site,
    call: Call,
    flight: Flight,
    error: unknown,
    cost: number,
  ): Promise<void> {
    const { cacheErrors, cacheErrorsOption } = this.#source.settings;
    // A result that may still be the answer is worth more than the error.
    const isReplaceable = flight.fallback === undefined && !flight.isBackground;
    if (cacheErrors === false || flight.superseded || !isReplaceable) return;
    const lifetime =
      typeof cacheErrors === "function"
        ? milliseconds(cacheErrorsOption, cacheErrors(error))
        : this.#freshness.lifetimeOf(error);
    if (lifetime === 0) return;
    const codec = await site.store.codec();
    const context = { id: this.#source.id, key: call.key };
    const value = await keepableError(error, async (part) => {
      try {
        await codec.encode(part, context);
        return true;
      } catch {
        return false;
      }
    });
    const freshUntil = site.now() + lifetime;
    await this.#store(site, flight, { value, cost, terms: { failed: true }, lifetime }, freshUntil);
  }

  async #run(site: Site, call: Call, flight: Flight): Promise<{ value: unknown; cost: number }> {
    const { callKey, limiter, method } = this.#source;
    const { key, instance, given, signals, compute } = call;
    const signal = flight.controller?.signal;
    const timed = async (): Promise<{ value: unknown; cost: number }> => {
      await flight.learn(site, limiter !== undefined);
      signal?.throwIfAborted();
      // The method sees its instance and arguments as they are now, not as they were when the key was
      // taken: a result of other ones must not be kept under it.
      const args = signals === undefined ? given : withSignal(given, undefined);
      flight.diverted = !callKey.isStill(key, instance, args, method);
      flight.superseded ||= flight.diverted;
      this.#counters.misses += 1;
      if (missChannel.hasSubscribers) {
        missChannel.publish({ method, key, background: flight.isBackground });
      }
      const began = performance.now();
      const end = (failure?: { readonly error: unknown }): number => {
        const cost = call.watch?.costOf(flight) ?? performance.now() - began;
        this.#ended(flight, cost, failure);
        return cost;
      };
      try {
        const handed = signals === undefined ? given : withSignal(given, signal);
        const value = await within(flight, () => compute(instance, handed));
        return { value, cost: end() };
      } catch (error) {
        end({ error });
        throw error;
      }
    };
    return limiter === undefined ? timed() : limiter.run(timed);
  }

  #ended(flight: Flight, cost: number, failure: { readonly error: unknown } | undefined): void {
    this.#counters.timeSpent += cost;
    if (!computedChannel.hasSubscribers) return;
    const { key, isBackground: background } = flight;
    const [failed, error] = [failure !== undefined, failure?.error];
    computedChannel.publish({ method: this.#source.method, key, background, cost, failed, error });
  }

  #context({ instance, args }: Call): CallContext {
    return { instance, method: this.#source.method, args };
  }
}
