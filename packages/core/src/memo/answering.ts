import { CycleError } from "@class-cache/mapping";
import { BackOff } from "./back-off.ts";
import { waitsForUs } from "./computing-chain.ts";
import type { Computing } from "./computing.ts";
import { hitChannel } from "../options/channels.ts";
import type { HitMessage } from "../options/channels.ts";
import { inBackground } from "./in-background.ts";
import type { Call, MemoSource } from "./memo-source.ts";
import type { Remembered } from "./remembered.ts";
import type { SharedFlight } from "./shared-flight.ts";
import type { Flights, Outcome } from "./single-flight.ts";
import { Flight } from "./single-flight.ts";
import type { Site } from "./site.ts";
import type { Counters } from "../options/stats.ts";
import type { Verifying } from "./verifying.ts";

/** The steps of a flight: from memory, from the backend, stale while it is renewed, else computed. */
export class Answering {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #flights: Flights;
  readonly #computing: Computing;
  readonly #shared: SharedFlight;
  readonly #verifying: Verifying | undefined;
  readonly #backOff = new BackOff();
  /** Computations that nobody waits for, by key. */
  readonly #renewals = new Map<string, Flight>();

  constructor(
    source: MemoSource,
    counters: Counters,
    flights: Flights,
    computing: Computing,
    shared: SharedFlight,
    verifying: Verifying | undefined,
  ) {
    this.#source = source;
    this.#counters = counters;
    this.#flights = flights;
    this.#computing = computing;
    this.#shared = shared;
    this.#verifying = verifying;
  }

  async fly(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    try {
      await flight.renew(site);
      if (!flight.forced) {
        const answer =
          (await this.#fromMemory(site, flight)) ?? (await this.#fromStore(site, call, flight));
        if (answer !== undefined) {
          if (!answer.isStale) this.#verifying?.consider(site, call);
          return answer;
        }
      }
      flight.controller?.signal.throwIfAborted();
      return await this.#computed(site, call, flight);
    } finally {
      this.#flights.end(flight);
    }
  }

  /** Counts and publishes an answer that was not computed for the call. */
  hit(key: string, source: HitMessage["source"], cost: number | undefined, stale: boolean): void {
    this.#counters.hits += 1;
    if (source === "memory") this.#counters.memoryHits += 1;
    if (stale) this.#counters.stale += 1;
    this.#counters.timeSaved += cost ?? 0;
    if (hitChannel.hasSubscribers) this.#publishHit(key, source, cost, stale);
  }

  /** The same for one from memory. */
  quickHit(key: string, cost: number | undefined): void {
    const counters = this.#counters;
    counters.hits += 1;
    counters.memoryHits += 1;
    if (cost !== undefined) counters.timeSaved += cost;
    if (hitChannel.hasSubscribers) this.#publishHit(key, "memory", cost, false);
  }

  #publishHit(
    key: string,
    source: HitMessage["source"],
    cost: number | undefined,
    stale: boolean,
  ): void {
    hitChannel.publish({ method: this.#source.method, key, source, stale, cost });
  }

  /** Whether a stale result is the answer at once, because computing it anew has failed. */
  isPausing(key: string, now: number): boolean {
    return this.#backOff.isPausing(key, now);
  }

  /** A stale answer in the place of one that takes too long; undefined when there is none. */
  async instead(site: Site, flight: Flight): Promise<Outcome | undefined> {
    const { fallback } = flight;
    return fallback === undefined ? undefined : this.#found(site, flight, fallback, true);
  }

  /** Only memory that could not be looked at before: it had to be renewed first. */
  async #fromMemory(site: Site, flight: Flight): Promise<Outcome | undefined> {
    const held = site.held(flight.key);
    const opened = held === undefined ? undefined : await site.open(flight.key, held);
    if (held === undefined || opened === undefined) return undefined;
    if (flight.hasBeginner) this.hit(flight.key, "memory", held.cost, false);
    this.#flights.close(flight);
    const tags = site.isTagged ? "unknown" : undefined;
    return { value: opened.value, held, isStale: false, tags };
  }

  async #fromStore(site: Site, call: Call, flight: Flight): Promise<Outcome | undefined> {
    let found = await site.lookup(flight.key);
    const renewal = this.#renewal(flight.key);
    if (renewal !== undefined && this.#isToBeComputed(site, flight.key, found)) {
      if (waitsForUs(renewal)) {
        const error = new CycleError(this.#source.method, flight.key);
        site.store.report(error, "lease", flight.key);
      } else {
        await this.#waitFor(renewal, flight);
        await flight.renew(site);
        found = await site.lookup(flight.key);
      }
    }
    if (found === undefined) return undefined;
    if (found.terms.failed === true) return this.#foundError(flight, found);
    if (found.age === "fresh") return this.#found(site, flight, found, false);
    const isPausing = this.#backOff.isPausing(flight.key, site.now());
    if (found.age === "fallback" && !isPausing) {
      flight.fallback = found;
      return undefined;
    }
    if (!isPausing) this.#renew(site, call, flight);
    return this.#found(site, flight, found, found.age !== "due");
  }

  async #waitFor(renewal: Flight, flight: Flight): Promise<void> {
    flight.isWaiting = true;
    flight.follow(renewal);
    await renewal.outcome.catch(() => undefined);
    flight.unfollow(renewal);
    flight.isWaiting = false;
    flight.controller?.signal.throwIfAborted();
  }

  /** Whether what was found is no answer unless computing it anew fails. */
  #isToBeComputed(site: Site, key: string, found: Remembered | undefined): boolean {
    if (found?.age !== "fallback") return found === undefined;
    return !this.#backOff.isPausing(key, site.now());
  }

  #foundError(flight: Flight, found: Remembered): never {
    if (flight.hasBeginner) this.hit(flight.key, "backend", found.cost, false);
    throw found.value;
  }

  async #found(site: Site, flight: Flight, found: Remembered, isStale: boolean): Promise<Outcome> {
    const { value, cost } = found;
    const { tags } = found.terms;
    if (flight.hasBeginner) this.hit(flight.key, "backend", cost, isStale);
    if (!isStale) this.#flights.close(flight);
    const isRemembered = found.age === "fresh" && this.#source.settings.memory !== undefined;
    if (!isRemembered && !flight.joined) return { value, held: undefined, isStale, tags };
    const held = await site.holdRemembered(flight.key, found).catch(() => undefined);
    if (held !== undefined && isRemembered && !flight.superseded) {
      site.remember(flight.key, held, flight.since);
    }
    return { value, held, isStale, tags };
  }

  /** Computes, in the place of everybody who wants the same, unless another process just did. */
  async #computed(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    const turn = await this.#shared.take(site, flight);
    try {
      if (turn !== undefined) {
        await flight.renew(site);
        const again = await site.lookup(flight.key);
        // What is due was so before: that is why it is computed ahead.
        const isNew = again?.age === "fresh" || (again?.age === "due" && !flight.isBackground);
        if (again !== undefined && isNew) {
          if (again.terms.failed === true) return this.#foundError(flight, again);
          return await this.#found(site, flight, again, false);
        }
      }
      const outcome = await this.#computing.compute(site, call, flight);
      this.#backOff.succeeded(flight.key);
      return outcome;
    } catch (error) {
      const { fallback } = flight;
      if (fallback === undefined || flight.abandoned) throw error;
      this.#failed(site, flight.key, error);
      return await this.#found(site, flight, fallback, true);
    } finally {
      flight.leaseName = undefined;
      await turn?.release().catch((error) => site.store.report(error, "lease", flight.key));
    }
  }

  /** The computation for the store only that is under way, unless what it brings is not kept. */
  #renewal(key: string): Flight | undefined {
    const renewal = this.#renewals.get(key);
    return renewal?.superseded === true ? undefined : renewal;
  }

  /** Computes for the store only, unless that is under way. */
  #renew(site: Site, call: Call, begun: Flight): void {
    const { key } = begun;
    if (this.#renewal(key) !== undefined) return;
    const flight = Flight.inBackground(key, this.#flights, call.signals !== undefined);
    flight.site = site;
    this.#renewals.set(key, flight);
    this.#flights.add(flight, false);
    inBackground(() => flight.begin(() => this.#renewed(site, call, flight)));
    call.watch?.begun(flight);
  }

  async #renewed(site: Site, call: Call, flight: Flight): Promise<Outcome> {
    try {
      // Not what the call knew: that may have waited for another renewal, and much been invalidated meanwhile.
      await flight.renew(site);
      return await this.#computed(site, call, flight);
    } catch (error) {
      this.#failed(site, flight.key, error);
      throw error;
    } finally {
      if (this.#renewals.get(flight.key) === flight) this.#renewals.delete(flight.key);
      this.#flights.end(flight);
    }
  }

  #failed(site: Site, key: string, error: unknown): void {
    this.#backOff.failed(key, site.now());
    site.store.report(error, "refresh", key);
  }
}
