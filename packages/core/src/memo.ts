import type { Backend, Entry } from "@class-cache/mapping";
import { signalsIn, untilAborted, withSignal } from "./abort.ts";
import type { CallKey } from "./call-key.ts";
import { hitChannel, missChannel, storeChannel } from "./channels.ts";
import type { HitMessage } from "./channels.ts";
import { configurationRevision } from "./configure.ts";
import { expiryOf, lifetimeOf } from "./freshness.ts";
import type { Held } from "./isolation.ts";
import type { Limiter } from "./limiter.ts";
import { yieldingPlace } from "./limiter.ts";
import type { CallContext, MemoSettings } from "./options.ts";
import type { Outcome } from "./single-flight.ts";
import { Flight, Flights } from "./single-flight.ts";
import { Site } from "./site.ts";
import type { Counters } from "./stats.ts";
import { countersOf } from "./stats.ts";

/** What a memo remembers the results of. */
export interface MemoSource {
  /** The mapping's id. */
  readonly id: string;
  /** The method for people, as in `Embedder.embed`. */
  readonly method: string;
  readonly callKey: CallKey;
  readonly settings: MemoSettings;
  /** Undefined: as configured. */
  readonly backend: Backend | undefined;
  /** Shared by the memos of one method in several classes; undefined: no limit. */
  readonly limiter: Limiter | undefined;
  readonly compute: (instance: unknown, args: readonly unknown[]) => unknown;
}

/** One call on its way through the memo. */
interface Call {
  readonly key: string;
  readonly instance: unknown;
  /** As the caller gave them. */
  readonly given: readonly unknown[];
  /** Without abort signals. */
  readonly args: readonly unknown[];
  readonly signals: readonly AbortSignal[] | undefined;
}

/** Answers the calls of one method of one class from what is remembered, else computes and remembers. */
export class Memo {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #flights = new Flights();
  #currentSite: Site | undefined;
  /** The state of `configurationRevision()` that the site was made in. */
  #revision = -1;

  constructor(source: MemoSource) {
    this.#source = source;
    this.#counters = countersOf(source.method);
  }

  call(instance: unknown, given: readonly unknown[]): Promise<unknown> {
    const site = this.#site();
    try {
      const signals = signalsIn(given);
      const args = signals === undefined ? given : withSignal(given, undefined);
      if (signals !== undefined) for (const signal of signals) signal.throwIfAborted();
      const key = this.#source.callKey.text(instance, args, this.#source.method);
      const { forceFresh } = this.#source.settings;
      const forced =
        typeof forceFresh === "function"
          ? forceFresh(args, this.#context(instance, args))
          : forceFresh;
      const held = forced ? undefined : site.held(key);
      if (held !== undefined && held.bytes === undefined) {
        this.#hit(key, "memory", held.cost);
        return Promise.resolve(held.value);
      }
      const call = { key, instance, given, args, signals };
      if (held !== undefined) return this.#open(site, call, held, "memory");
      return yieldingPlace(this.#board(site, call, forced));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The canonical text of a call's key. */
  key(instance: unknown, given: readonly unknown[]): string {
    const args = signalsIn(given) === undefined ? given : withSignal(given, undefined);
    return this.#source.callKey.text(instance, args, this.#source.method);
  }

  /** Computes and stores anew. */
  async refresh(instance: unknown, given: readonly unknown[]): Promise<unknown> {
    const signals = signalsIn(given);
    const args = signals === undefined ? given : withSignal(given, undefined);
    for (const signal of signals ?? []) signal.throwIfAborted();
    const key = this.key(instance, args);
    return yieldingPlace(this.#board(this.#site(), { key, instance, given, args, signals }, true));
  }

  /** @throws what the backend throws */
  async has(key: string): Promise<boolean> {
    const site = this.#site();
    return site.held(key) !== undefined || (await site.store.mapping()).has(key);
  }

  /** The remembered value; undefined also when there is none. @throws what the backend throws */
  async peek(key: string): Promise<unknown> {
    const site = this.#site();
    const held = site.held(key);
    const opened = held === undefined ? undefined : await site.open(key, held);
    return opened === undefined ? (await site.store.mapping()).get(key) : opened.value;
  }

  /** Remembers a value as if it had been computed. @throws what the backend throws */
  async set(key: string, value: unknown): Promise<void> {
    const site = this.#site();
    const lifetime = this.#lifetime(value);
    if (lifetime === 0) {
      await this.delete(key);
      return;
    }
    const expiresAt = expiryOf(lifetime, site.now());
    const held = await site.hold(key, value, expiresAt, undefined);
    // The caller may change the value from here on.
    const copy = held === undefined ? undefined : await site.open(key, held);
    const mapping = await site.store.mapping();
    await this.#flights.supersede(key);
    await mapping.set(key, copy === undefined ? value : copy.value, { expiresAt });
    await this.#flights.supersede(key);
    if (held !== undefined) site.remember(key, held);
  }

  /** @returns whether anything was remembered. @throws what the backend throws */
  async delete(key: string): Promise<boolean> {
    await this.#flights.supersede(key);
    const deleted = await this.#site().delete(key);
    await this.#flights.supersede(key);
    return deleted;
  }

  /** Forgets the results of all calls on all instances. @throws what the backend throws */
  async clear(): Promise<void> {
    await this.#flights.supersede();
    await this.#site().clear();
    await this.#flights.supersede();
  }

  #site(): Site {
    const revision = configurationRevision();
    if (this.#currentSite === undefined || this.#revision !== revision) {
      const { id, method, backend, settings } = this.#source;
      const options = { id, method, backend, onError: settings.onError, counters: this.#counters };
      this.#currentSite = new Site(options, settings);
      this.#revision = revision;
    }
    return this.#currentSite;
  }

  /** Joins the flight of the key that is under way, else begins one. */
  #board(site: Site, call: Call, forced: boolean): Promise<unknown> {
    const { singleFlight } = this.#source.settings;
    const joined = singleFlight ? this.#flights.joinable(call.key, forced) : undefined;
    const flight = joined ?? new Flight(call.key, forced, call.signals !== undefined);
    flight.board();
    if (joined === undefined) {
      this.#flights.add(flight, singleFlight);
      flight.begin(() => this.#fly(site, call, flight));
    }
    const answer =
      joined === undefined
        ? flight.outcome.then(({ value }) => value)
        : flight.outcome.then((outcome) => this.#share(site, call, outcome));
    if (call.signals === undefined) return answer;
    return untilAborted(answer, call.signals, (reason) => {
      if (flight.leave(reason)) this.#flights.close(flight);
    });
  }

  /** The answer for a call that joined another's flight. */
  #share(site: Site, call: Call, { held }: Outcome): Promise<unknown> {
    // What cannot be copied is computed for each caller: nobody gets an object of another.
    if (held === undefined) return this.#board(site, call, false);
    return this.#open(site, call, held, "flight");
  }

  async #open(site: Site, call: Call, held: Held, source: HitMessage["source"]): Promise<unknown> {
    const opened = await site.open(call.key, held);
    if (opened === undefined) {
      site.forget(call.key);
      return this.#board(site, call, false);
    }
    this.#hit(call.key, source, held.cost);
    return opened.value;
  }

  async #fly(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    try {
      const entry = flight.forced ? undefined : await site.lookup(call.key);
      if (entry !== undefined) return await this.#found(site, flight, entry);
      flight.controller?.signal.throwIfAborted();
      return await this.#compute(site, call, flight);
    } finally {
      this.#flights.end(flight);
    }
  }

  async #found(site: Site, flight: Flight, entry: Entry<unknown>): Promise<Outcome> {
    const { value } = entry;
    this.#hit(flight.key, "backend", entry.cost);
    this.#flights.close(flight);
    if (this.#source.settings.memory === undefined && !flight.joined) {
      return { value, held: undefined };
    }
    const held = await site.holdEntry(flight.key, entry).catch(() => undefined);
    if (held !== undefined && !flight.superseded) site.remember(flight.key, held);
    return { value, held };
  }

  async #compute(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    const { key, instance, args } = call;
    const { value, cost } = await this.#run(call, flight);
    const { shouldCache } = this.#source.settings;
    const worthy = shouldCache === undefined || shouldCache(value, this.#context(instance, args));
    const lifetime = worthy ? this.#lifetime(value) : 0;
    if (lifetime === 0 || flight.superseded) {
      this.#flights.close(flight);
      if (flight.diverted || !flight.joined) return { value, held: undefined };
      return { value, held: await site.hold(key, value, undefined, cost).catch(() => undefined) };
    }
    const expiresAt = expiryOf(lifetime, site.now());
    // Before anyone gets the value, who may change it.
    const held = await site.hold(key, value, expiresAt, cost);
    if (held !== undefined && !flight.superseded) {
      flight.storing = site.store.set(key, value, { expiresAt, cost });
      const stored = await flight.storing;
      if (stored && storeChannel.hasSubscribers) {
        storeChannel.publish({ method: this.#source.method, key, expiresAt, cost });
      }
    }
    if (held !== undefined && !flight.superseded) site.remember(key, held);
    return { value, held };
  }

  async #run(call: Call, flight: Flight): Promise<{ value: unknown; cost: number }> {
    const { callKey, compute, limiter, method } = this.#source;
    const { key, instance, given, signals } = call;
    const signal = flight.controller?.signal;
    const timed = async (): Promise<{ value: unknown; cost: number }> => {
      signal?.throwIfAborted();
      // The method sees its instance and arguments as they are now, not as they were when the key was
      // taken: a result of other ones must not be kept under it.
      const args = signals === undefined ? given : withSignal(given, undefined);
      flight.diverted = !callKey.isStill(key, instance, args, method);
      flight.superseded ||= flight.diverted;
      this.#counters.misses += 1;
      if (missChannel.hasSubscribers) missChannel.publish({ method, key });
      const began = performance.now();
      let cost = 0;
      try {
        const value = await compute(
          instance,
          signal === undefined ? given : withSignal(given, signal),
        );
        cost = performance.now() - began;
        return { value, cost };
      } finally {
        this.#counters.timeSpent += performance.now() - began;
      }
    };
    return limiter === undefined ? timed() : limiter.run(timed);
  }

  #lifetime(value: unknown): number {
    const { ttl, ttlOption } = this.#source.settings;
    return lifetimeOf(ttl, value, ttlOption);
  }

  #context(instance: unknown, args: readonly unknown[]): CallContext {
    return { instance, method: this.#source.method, args };
  }

  #hit(key: string, source: HitMessage["source"], cost: number | undefined): void {
    this.#counters.hits += 1;
    if (source === "memory") this.#counters.memoryHits += 1;
    this.#counters.timeSaved += cost ?? 0;
    if (hitChannel.hasSubscribers) {
      hitChannel.publish({ method: this.#source.method, key, source, cost });
    }
  }
}
