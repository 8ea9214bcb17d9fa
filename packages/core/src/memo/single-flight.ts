import { Computation } from "./computation.ts";
import type { TagStamp } from "./envelope.ts";
import type { Generation } from "./generation.ts";
import type { Held } from "./held.ts";
import type { Remembered } from "./remembered.ts";
import type { Site } from "./site.ts";

/** What a flight brings home. */
export interface Outcome {
  /** For the caller that began it. */
  readonly value: unknown;
  /** For everyone else; undefined when no copy could be made. */
  readonly held: Held | undefined;
  /** It was past its time. */
  readonly isStale: boolean;
  /** What its tags are, and when it was computed; memory does not know. */
  readonly tags?: TagStamp | "unknown" | undefined;
}

/** One look-up and computation of a key that any number of calls wait for. */
export class Flight extends Computation {
  readonly key: string;
  /** It computes whatever is stored. */
  readonly forced: boolean;
  /** Nobody waits for it: what it brings is for the store. */
  readonly isBackground: boolean;
  /** Aborts when the last caller has left; only where the first caller gave a signal. */
  readonly controller: AbortController | undefined;
  /** It was invalidated since it last learnt what was. */
  invalidated = false;
  /** What it brings is for the first caller only, whose instance or arguments changed meanwhile. */
  diverted = false;
  /** Everyone has left: nothing more is to be begun. */
  abandoned = false;
  /** What was known of invalidations when it began. */
  since: Generation | undefined;
  /** Where what it brings is held, whatever was configured meanwhile. */
  site: Site | undefined;
  /** What can be answered with when it fails or takes too long. */
  fallback: Remembered | undefined;
  /** It goes on when a computation ends that is not its own, or when nothing is in its way. */
  isWaiting = false;
  /** Set once, when the flight begins. */
  declare readonly outcome: Promise<Outcome>;
  /** How many calls want the outcome, those that have left not counted. */
  #callers = 0;
  #joined = false;
  #beginnerLeft = false;
  #superseded = false;
  readonly #flights: Flights;

  /** @param abortable whether its first caller may leave */
  constructor(
    key: string,
    flights: Flights,
    forced: boolean,
    abortable: boolean,
    isBackground: boolean = false,
  ) {
    super();
    this.key = key;
    this.#flights = flights;
    this.forced = forced;
    this.isBackground = isBackground;
    this.controller = abortable ? new AbortController() : undefined;
  }

  /** @param signalled whether the call that brought it about gave a signal: the method gets one, too */
  static inBackground(key: string, flights: Flights, signalled: boolean = false): Flight {
    return new Flight(key, flights, false, signalled, true);
  }

  /** Something newer was said about the key meanwhile: what this flight brings is not kept. */
  get superseded(): boolean {
    return this.#superseded || this.invalidated;
  }

  set superseded(superseded: boolean) {
    this.#superseded = superseded;
  }

  /** Learns what was invalidated by now: what is begun from here on counts from here on. */
  async renew(site: Site): Promise<void> {
    this.invalidated = false;
    const before = this.since;
    this.since = await site.renew();
    if (this.since !== undefined && this.since !== before) await this.#renewFallback(site);
  }

  /** It may have been invalidated: who joins from here on counts on it that it was not. */
  async #renewFallback(site: Site): Promise<void> {
    if (this.fallback === undefined) return;
    this.fallback = undefined;
    const again = await site.lookup(this.key);
    if (again?.terms.failed !== true) this.fallback = again;
  }

  /**
   * The same right before it computes: a result with tags needs a count to compare with.
   *
   * @param mayHaveWaited for a place, since it last learnt
   */
  async learn(site: Site, mayHaveWaited: boolean): Promise<void> {
    if (mayHaveWaited) await this.renew(site);
    if (site.isTagged && this.since?.life === "") this.since = await site.begin();
  }

  /** No further call joins it. */
  close(): void {
    this.#flights.close(this);
  }

  /** Somebody beside the first caller wanted it. */
  get joined(): boolean {
    return this.#joined;
  }

  /** The call that it began with still waits for it. */
  get hasBeginner(): boolean {
    return !this.isBackground && !this.#beginnerLeft;
  }

  begin(fly: (flight: this) => Promise<Outcome>): void {
    const outcome = fly(this);
    (this as { outcome: Promise<Outcome> }).outcome = outcome;
    // When everyone has left, nobody else hears of a rejection.
    outcome.catch(() => undefined);
  }

  board(): void {
    this.#joined ||= this.#callers > 0;
    this.#callers += 1;
  }

  /** @returns true when that was the last caller */
  leave(reason: unknown, isBeginner: boolean = false): boolean {
    this.#beginnerLeft ||= isBeginner;
    this.#callers -= 1;
    if (this.#callers > 0) return false;
    this.abandoned = true;
    this.superseded = true;
    this.controller?.abort(reason);
    return true;
  }
}

/** The flights under way. */
export class Flights {
  readonly #all = new Set<Flight>();
  /** The ones that further calls may join, one a key at most. */
  readonly #open = new Map<string, Flight>();

  /** The flight that a call may join: for a forced call, one that is forced itself. */
  joinable(key: string, forced: boolean): Flight | undefined {
    const flight = this.#open.get(key);
    return flight === undefined || (forced && !flight.forced) ? undefined : flight;
  }

  add(flight: Flight, joinable: boolean): void {
    if (joinable) {
      const older = this.#open.get(flight.key);
      if (older !== undefined) older.superseded = true;
      if (flight.forced) this.#supersedeBackground(flight.key);
      this.#open.set(flight.key, flight);
    }
    this.#all.add(flight);
  }

  /** No further call joins it. */
  close(flight: Flight): void {
    if (this.#open.get(flight.key) === flight) this.#open.delete(flight.key);
  }

  end(flight: Flight): void {
    this.close(flight);
    flight.end();
    this.#all.delete(flight);
  }

  /** What was begun before somebody asked for a new result must not replace that. */
  #supersedeBackground(key: string): void {
    for (const other of this.#all) {
      if (other.isBackground && other.key === key) other.superseded = true;
    }
  }

  /** What the flights under way bring is not kept, for one key or for all, unless it is yet to be begun. */
  supersede(key?: string): void {
    for (const flight of this.#all) {
      if (key !== undefined && flight.key !== key) continue;
      flight.invalidated = true;
      this.close(flight);
    }
  }
}
