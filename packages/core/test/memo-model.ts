import type { Answer, Caller, Computation, Counts, Flight } from "./memo-model-flight.ts";
import {
  flightOf,
  isDiscarded,
  isOfUse,
  lateFor,
  overtake,
  renew,
  waitingBeginnerOf,
} from "./memo-model-flight.ts";
import { ModelCallers } from "./memo-model-callers.ts";
import type { Entry } from "./memo-model-remembered.ts";
import { ModelRemembered } from "./memo-model-remembered.ts";
import type { Setup } from "./memo-model-setup.ts";
import { ModelTurns } from "./memo-model-turns.ts";
import { argOf, valueOf } from "./memo-model-setup.ts";

/**
 * What the options and handles of a cached method promise, one step at a time: no promises, no stores,
 * whatever can happen between two steps has happened.
 */
export class MemoModel {
  readonly remembered: ModelRemembered;
  readonly #setup: Setup;
  readonly #isShared: boolean;
  readonly #callers = new ModelCallers();
  readonly #counts: Counts = { hits: 0, memoryHits: 0, stale: 0, misses: 0, errors: 0 };
  readonly #flights = new Set<Flight>();
  /** The flight of each key that further calls wait for. */
  readonly #open = new Map<string, Flight>();
  /** The last background computation of each key. */
  readonly #renewals = new Map<string, Flight>();
  /** Who waits for a background computation to end. */
  readonly #afterRenewal = new Map<Flight, Flight[]>();
  readonly #turns = new ModelTurns((next) => this.#haveTurn(next));
  readonly #running = new Map<number, Flight>();
  /** Until when what is at hand in this process answers. */
  readonly #atHand = new Map<string, number>();
  #toldOf = 0;
  #configuration = 0;
  #computed = 0;

  constructor(setup: Setup, isShared: boolean) {
    this.#setup = setup;
    this.#isShared = isShared;
    this.remembered = new ModelRemembered(setup);
  }

  abortable = (): readonly number[] => this.#callers.abortable();
  calls = (): readonly string[] => this.#callers.outcomes();
  counts = (): Counts => ({ ...this.#counts });

  running(): readonly Computation[] {
    return Array.from(this.#running, ([id, { key, hasSignal, isAbandoned }]) => ({
      id,
      key,
      signal: hasSignal ? (isAbandoned ? "aborted" : "given") : "none",
    }));
  }

  call(key: string, isForced: boolean, signal: "none" | "given" | "aborted"): void {
    const caller = this.#callers.arrive(signal !== "none", this.#toldOf);
    if (signal === "aborted") return this.#callers.tell(caller, `error left ${caller.id}`);
    const forced = isForced || this.#setup.forceFresh?.([argOf(key)]) === true;
    // Others may have invalidated it where processes share: that has to be looked up first.
    if (!forced && !this.#isShared && this.#isAtHand(key)) this.#answerAtHand(caller, key);
    else this.#board(caller, key, forced);
  }

  abort(id: number): void {
    const caller = this.#callers.of(id);
    const flight = caller.flight as Flight;
    this.#callers.tell(caller, `error left ${id}`);
    flight.callers = flight.callers.filter((other) => other !== caller);
    if (flight.callers.length > 0) return;
    flight.isAbandoned = true;
    this.#supersede(flight);
    // Whoever computes stops when the method does, but no longer has the turn.
    if (flight.computation === undefined) this.#end(flight);
    else this.#turns.leave(flight);
  }

  settle(computation: number, fails: boolean): void {
    const flight = this.#running.get(computation) as Flight;
    this.#running.delete(computation);
    if (fails) this.#failed(flight, computation);
    else this.#succeeded(flight, computation);
  }

  set(key: string, n: number): void {
    this.#change(key);
    const lifetime = this.remembered.lifetimeOf(n);
    if (lifetime === 0) this.remembered.forget(key);
    else this.remembered.store(key, this.remembered.made(key, n, lifetime, this.#toldOf));
  }

  /** @returns whether there was one; undefined where that is not said */
  invalidate(key: string): boolean | undefined {
    const existed = this.remembered.isLingering(key)
      ? undefined
      : this.remembered.lookup(key) !== undefined;
    this.#change(key);
    this.remembered.forget(key);
    return existed;
  }

  expire(key: string): boolean {
    this.#change(key);
    return this.remembered.expire(key);
  }

  clear(): void {
    for (const flight of this.#flights) this.#invalidate(flight);
    this.remembered.clear();
    this.#atHand.clear();
    this.#toldOf += 1;
  }

  invalidateTags(tags: readonly string[]): void {
    this.#toldOf += 1;
    this.remembered.endTags(tags, this.#toldOf);
    if (this.#setup.tags !== undefined) this.#atHand.clear();
  }

  configure(): void {
    this.#configuration += 1;
    this.#atHand.clear();
  }

  /** By hand: what is being computed of the key is not remembered, and no further call waits for it. */
  #change(key: string): void {
    for (const flight of this.#flights) if (flight.key === key) this.#invalidate(flight);
    this.#atHand.delete(key);
    this.#toldOf += 1;
  }

  #supersede(flight: Flight): void {
    flight.isSuperseded = true;
    this.#invalidate(flight);
  }

  #invalidate(flight: Flight): void {
    flight.isInvalidated = true;
    if (this.#open.get(flight.key) === flight) this.#open.delete(flight.key);
  }

  /** The background computation of a key that is to be remembered. */
  #renewal(key: string): Flight | undefined {
    const renewal = this.#renewals.get(key);
    return renewal === undefined || isDiscarded(renewal) ? undefined : renewal;
  }

  /** Waits for the flight that is under way; a forced call only for one that is forced, too. */
  #board(caller: Caller, key: string, isForced: boolean, companions: readonly Caller[] = []): void {
    const open = this.#open.get(key);
    const isJoined = open !== undefined && (open.isForced || !isForced);
    const flight = isJoined ? open : this.#newFlight(key, isForced, caller);
    flight.callers.push(...(isJoined ? [caller] : []), ...companions);
    for (const each of [caller, ...companions])
      Object.assign(each, { flight, toldOf: this.#toldOf });
    if (isJoined) return;
    if (this.#setup.singleFlight !== false) {
      if (open !== undefined) this.#supersede(open);
      for (const other of this.#flights)
        if (isForced && other.isBackground && other.key === key) this.#supersede(other);
      this.#open.set(key, flight);
    }
    if (isForced) return this.#compute(flight);
    if (this.#isAtHand(key)) {
      this.#end(flight);
      this.#counts.memoryHits += 1;
      const { n } = this.remembered.lookup(key) as Entry;
      return this.#answer(flight, { n, isStale: false, tags: [], toldOf: 0 }, flight.callers);
    }
    this.#look(flight, false);
  }

  /** @param cause the flight that brings it about in the background */
  #newFlight(key: string, isForced: boolean, beginner: Caller | undefined, cause?: Flight): Flight {
    const state = { toldOf: this.#toldOf, configuration: this.#configuration };
    const flight = flightOf(key, isForced, beginner, { ...state, ...cause });
    this.#flights.add(flight);
    return flight;
  }

  /** Answers with what is remembered, else has it computed. */
  #look(flight: Flight, hasWaited: boolean): void {
    const { key } = flight;
    if (hasWaited) renew(flight, this.#toldOf);
    const entry = this.remembered.lookup(key);
    const use = entry === undefined ? "nothing" : this.remembered.useOf(entry);
    const isPausing = this.remembered.isPausing(key);
    const mustCompute = use === "nothing" || (use === "fallback" && !isPausing);
    const renewal = this.#renewal(key);
    if (mustCompute && renewal !== undefined && !hasWaited) {
      this.#afterRenewal.set(renewal, [...(this.#afterRenewal.get(renewal) ?? []), flight]);
      return;
    }
    if (entry === undefined || mustCompute) {
      flight.fallback = entry;
      return this.#compute(flight);
    }
    const isToBeRenewed = (use === "due" || use === "stale") && !isPausing;
    if (isToBeRenewed && renewal === undefined) {
      const known = { ...flight, toldOf: this.#toldOf };
      const background = this.#newFlight(key, false, undefined, known);
      this.#renewals.set(key, background);
      this.#compute(background);
    }
    this.#found(flight, entry);
  }

  #found(flight: Flight, entry: Entry): void {
    const use = this.remembered.useOf(entry);
    this.#end(flight);
    if (entry.failed && waitingBeginnerOf(flight) !== undefined) this.#counts.hits += 1;
    if (entry.failed) return this.#callers.reject(flight, entry.n);
    if (use === "fresh" && isOfUse(flight)) this.#takeToHand(flight, entry);
    const isStale = use === "stale" || use === "fallback";
    this.#answer(flight, { ...entry, isStale }, flight.callers);
  }

  /** Waits for its turn among processes, where nobody asked for a result of its own. */
  #compute(flight: Flight): void {
    if (!this.#isShared || this.#setup.singleFlight !== undefined || flight.isForced) {
      return this.#begin(flight);
    }
    if (this.#turns.join(flight)) this.#begin(flight);
  }

  #begin(flight: Flight): void {
    this.#counts.misses += 1;
    this.#computed += 1;
    flight.computation = this.#computed;
    flight.computedAt = this.#toldOf;
    this.#running.set(this.#computed, flight);
  }

  /** Whoever had the turn before may have brought what this one was to compute. */
  #haveTurn(flight: Flight): void {
    renew(flight, this.#toldOf);
    const entry = this.remembered.lookup(flight.key);
    const use = entry === undefined ? "nothing" : this.remembered.useOf(entry);
    const isEnough = use === "fresh" || (use === "due" && !flight.isBackground);
    if (entry !== undefined && isEnough) this.#found(flight, entry);
    else this.#begin(flight);
  }

  #succeeded(flight: Flight, n: number): void {
    const { key, computedAt: toldOf } = flight;
    this.remembered.succeeded(key);
    const isWorthy = this.#setup.shouldCache?.(valueOf(n)) !== false;
    const lifetime = isWorthy ? this.remembered.lifetimeOf(n) : 0;
    const entry = this.remembered.made(key, n, lifetime, toldOf);
    if (lifetime > 0) this.#keep(flight, entry);
    else if (!isDiscarded(flight)) this.#forgetOlder(flight);
    this.#end(flight);
    const first = waitingBeginnerOf(flight);
    if (first !== undefined) this.#callers.tell(first, `value ${n}`);
    this.#answer(flight, { ...entry, isStale: false }, flight.callers.slice(first ? 1 : 0));
  }

  #failed(flight: Flight, n: number): void {
    const { key, fallback } = flight;
    if (flight.isBackground) {
      this.#pause(key);
      return this.#end(flight);
    }
    if (fallback !== undefined && this.remembered.useOf(fallback) !== "nothing") {
      if (!flight.isAbandoned) this.#pause(key);
      this.#end(flight);
      return this.#answer(flight, { ...fallback, isStale: true }, flight.callers);
    }
    const lifetime = this.remembered.errorLifetimeOf(n);
    const entry = { ...this.remembered.made(key, n, lifetime, 0), failed: true, tags: [] };
    if (lifetime > 0) this.#keep(flight, entry);
    this.#end(flight);
    this.#callers.reject(flight, n);
  }

  #pause(key: string): void {
    this.#counts.errors += 1;
    this.remembered.failed(key);
  }

  /** Of two that were to compute anew nobody knows who began first: neither is kept. */
  #keep(flight: Flight, entry: Entry): void {
    if (isDiscarded(flight)) return;
    if (flight.isOvertaken) return this.#forgetOlder(flight);
    this.remembered.store(flight.key, entry);
    this.#atHand.delete(flight.key);
    if (flight.isForced) this.#tellBy(flight);
    if (!entry.failed) this.#takeToHand(flight, entry);
  }

  /** What was to be computed anew is not kept, nor what there was before. */
  #forgetOlder(flight: Flight): void {
    if (!flight.isForced) return;
    this.#atHand.delete(flight.key);
    this.remembered.forget(flight.key);
    this.#tellBy(flight);
  }

  #tellBy(flight: Flight): void {
    for (const other of this.#flights) if (other.key === flight.key) overtake(other, flight);
    if (flight.toldOf === this.#toldOf) flight.toldOf += 1;
    this.#toldOf += 1;
  }

  /** Not what was computed or looked up while something was invalidated. */
  #takeToHand(flight: Flight, entry: Entry): void {
    const isOfNow = flight.toldOf === this.#toldOf && flight.configuration === this.#configuration;
    if (this.#setup.memory === false || !isOfNow) return;
    this.#atHand.set(flight.key, this.remembered.quickUntil(entry));
  }

  #isAtHand(key: string): boolean {
    return this.remembered.now < (this.#atHand.get(key) ?? -Infinity);
  }

  #answerAtHand(caller: Caller, key: string): void {
    this.#counts.hits += 1;
    this.#counts.memoryHits += 1;
    this.#callers.tell(caller, `value ${this.remembered.lookup(key)?.n}`);
  }

  /** Who came after an invalidation is not answered with what it concerns. */
  #answer(flight: Flight, answer: Answer, callers: readonly Caller[]): void {
    const late = this.remembered.isInvalidated(answer) ? lateFor(flight, callers) : [];
    for (const caller of callers) {
      if (late.includes(caller)) continue;
      this.#counts.hits += 1;
      if (answer.isStale) this.#counts.stale += 1;
      this.#callers.tell(caller, `value ${answer.n}`);
    }
    const [next, ...others] = late;
    if (next !== undefined) this.#board(next, flight.key, false, others);
  }

  #end(flight: Flight): void {
    const { key } = flight;
    this.#flights.delete(flight);
    if (this.#open.get(key) === flight) this.#open.delete(key);
    if (this.#renewals.get(key) === flight) this.#renewals.delete(key);
    this.#turns.leave(flight);
    const waiting = this.#afterRenewal.get(flight) ?? [];
    this.#afterRenewal.delete(flight);
    for (const other of waiting) if (this.#flights.has(other)) this.#look(other, true);
  }
}
