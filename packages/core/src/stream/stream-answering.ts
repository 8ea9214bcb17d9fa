import { BackOff } from "../memo/back-off.ts";
import { currentLink, waitsForUs } from "../memo/computing-chain.ts";
import { CycleError } from "@class-cache/mapping";
import type { Lease } from "@class-cache/mapping";
import type { Freshness } from "../options/freshness.ts";
import { inBackground } from "../memo/in-background.ts";
import type { Call, MemoSource } from "../memo/memo-source.ts";
import { Recorder } from "./recorder.ts";
import { recordingIn } from "./recording.ts";
import type { Remembered } from "../memo/remembered.ts";
import type { SharedFlight } from "../memo/shared-flight.ts";
import type { Flights } from "../memo/single-flight.ts";
import { Flight } from "../memo/single-flight.ts";
import type { Counters } from "../options/stats.ts";
import type { Found, Ready } from "./stream-flight.ts";
import { StreamFlight } from "./stream-flight.ts";
import { StreamItems } from "./stream-items.ts";
import type { Ended } from "./stream-keeping.ts";
import { StreamKeeping } from "./stream-keeping.ts";
import { StreamMethod } from "./stream-method.ts";
import { LiveRun } from "./stream-run.ts";
import type { StreamSite } from "./stream-site.ts";
import type { Track } from "./stream-track.ts";

/** Chunks outlive their recording by so many milliseconds less what recording takes. */
const CHUNK_RESERVE_MS = 86_400_000;

/** Leads each consumer to a recording, to the live run that is under way, or to a new one. */
export class StreamAnswering {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #flights: Flights;
  readonly #freshness: Freshness;
  readonly #keeping: StreamKeeping;
  readonly #shared: SharedFlight;
  readonly #underWay = new WeakMap<Flight, StreamFlight>();
  readonly #backOff = new BackOff();
  /** Keys that are being recorded anew while a stale recording is the answer. */
  readonly #renewals = new Set<string>();

  constructor(
    source: MemoSource,
    counters: Counters,
    flights: Flights,
    freshness: Freshness,
    shared: SharedFlight,
  ) {
    this.#source = source;
    this.#counters = counters;
    this.#flights = flights;
    this.#freshness = freshness;
    this.#keeping = new StreamKeeping(source, freshness);
    this.#shared = shared;
  }

  /** Whether a stale recording is the answer because recording anew has just failed. */
  isPausing(key: string, now: number): boolean {
    return this.#backOff.isPausing(key, now);
  }

  /** @param forced whatever is recorded, the method is run */
  board(site: StreamSite, call: Call, forced: boolean): Track {
    const isShared = this.#source.settings.singleFlight !== false;
    const open = isShared ? this.#flights.joinable(call.key, forced) : undefined;
    const joined = open === undefined ? undefined : this.#underWay.get(open);
    const isCircle = joined !== undefined && waitsForUs(joined.flight);
    if (isCircle)
      site.store.report(new CycleError(this.#source.method, call.key), "lease", call.key);
    if (joined !== undefined && !isCircle) return joined.board(currentLink()?.computation);
    const flight = new Flight(call.key, this.#flights, forced || isCircle, true);
    const begun = this.#begin(site, flight);
    const track = begun.board(currentLink()?.computation);
    this.#flights.add(flight, isShared && !isCircle);
    begun.begin(() => this.#prepare(site, call, flight, track));
    return track;
  }

  /** A run for one consumer that is not recorded, and cannot lose anything. */
  alone(site: StreamSite, call: Call): Track {
    const flight = new Flight(call.key, this.#flights, true, true);
    flight.diverted = true;
    flight.superseded = true;
    const begun = this.#begin(site, flight);
    const track = begun.board(currentLink()?.computation);
    this.#flights.add(flight, false);
    begun.begin(async () => ({ live: await this.#live(site, call, flight, undefined, track) }));
    return track;
  }

  /**
   * Runs the method to its end, for the store.
   *
   * @throws what the method throws, and UnstorableError
   */
  async record(site: StreamSite, call: Call, flight: Flight, turn?: Lease): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const onBare = (error: unknown): void => {
      failure = { error };
    };
    this.#flights.add(flight, false);
    const live = await this.#live(site, call, flight, turn, undefined, onBare);
    while (live.end === undefined && !live.isBare) await live.advance();
    await live.close(false);
    if (failure !== undefined) throw failure.error;
    if (live.end !== undefined && "thrown" in live.end) throw live.end.thrown;
  }

  #begin(site: StreamSite, flight: Flight): StreamFlight {
    const begun = new StreamFlight(flight, site, this.#counters, this.#source.method);
    this.#underWay.set(flight, begun);
    return begun;
  }

  async #prepare(site: StreamSite, call: Call, flight: Flight, first: Track): Promise<Ready> {
    try {
      return await this.#look(site, call, flight, first);
    } catch (error) {
      this.#flights.end(flight);
      throw error;
    }
  }

  async #look(site: StreamSite, call: Call, flight: Flight, first: Track): Promise<Ready> {
    await flight.renew(site);
    let found = flight.forced ? undefined : await this.#find(site, call, flight);
    flight.controller?.signal.throwIfAborted();
    const turn = found === undefined ? await this.#shared.take(site, flight) : undefined;
    if (turn !== undefined) {
      await flight.renew(site);
      found = recorded(await site.lookup(flight.key), ["fresh", "due"]);
      if (found !== undefined) await turn.release().catch(() => undefined);
    }
    if (found !== undefined) {
      this.#flights.end(flight);
      return { found };
    }
    return { live: await this.#live(site, call, flight, turn, first) };
  }

  async #find(site: StreamSite, call: Call, flight: Flight): Promise<Found | undefined> {
    const { key } = flight;
    const held = site.held(key);
    const opened = held === undefined ? undefined : await site.open(key, held);
    const inMemory = opened === undefined ? undefined : recordingIn(opened.value);
    if (inMemory !== undefined) {
      const source = "memory";
      return { recording: inMemory, failed: false, source, stale: false, cost: held?.cost };
    }
    const remembered = await site.lookup(key);
    const found = recorded(remembered, ["fresh", "due", "stale"]);
    if (found === undefined || remembered === undefined) return undefined;
    if (remembered.age !== "fresh") this.#renew(site, call);
    else if (!found.failed && this.#source.settings.memory !== undefined && !flight.superseded) {
      const kept = await site.holdRemembered(key, remembered).catch(() => undefined);
      if (kept !== undefined && !flight.superseded) site.remember(key, kept, flight.since);
    }
    return found;
  }

  /** Records anew for the store only, unless that is under way or has just failed. */
  #renew(site: StreamSite, call: Call): void {
    const { key } = call;
    if (this.#renewals.has(key) || this.#backOff.isPausing(key, site.now())) return;
    this.#renewals.add(key);
    void inBackground(() => this.#renewed(site, call)).finally(() => this.#renewals.delete(key));
  }

  async #renewed(site: StreamSite, call: Call): Promise<void> {
    const { key } = call;
    const flight = Flight.inBackground(key, this.#flights);
    try {
      await flight.renew(site);
      const turn = await this.#shared.take(site, flight);
      if (turn !== undefined) await flight.renew(site);
      const again = turn === undefined ? undefined : await site.lookup(key);
      if (recorded(again, ["fresh"]) === undefined) await this.record(site, call, flight, turn);
      else await turn?.release().catch(() => undefined);
      this.#backOff.succeeded(key);
    } catch (error) {
      this.#backOff.failed(key, site.now());
      site.store.report(error, "refresh", key);
    } finally {
      this.#flights.end(flight);
    }
  }

  async #live(
    site: StreamSite,
    call: Call,
    flight: Flight,
    turn: Lease | undefined,
    first: object | undefined,
    onBare: (error: unknown) => void = (error) => site.store.report(error, "store", call.key),
  ): Promise<LiveRun> {
    const { key } = call;
    const { ttl } = this.#source.settings;
    const isBounded = typeof ttl === "number" && ttl !== Infinity;
    const chunksExpireAt = isBounded
      ? site.now() + ttl + this.#freshness.afterlife + CHUNK_RESERVE_MS
      : undefined;
    const items = new StreamItems(await site.store.codec(), this.#source.id, key);
    const method = new StreamMethod(this.#source, this.#counters, site, call, flight);
    const recorder = new Recorder({
      chunks: site.chunks,
      key,
      expiresAt: chunksExpireAt,
      onLong: () => site.chunks.sweepAtTimes((other, run) => site.isNamed(other, run)),
    });
    const ended = (): Ended => {
      const { cost } = method;
      return { site, call, flight, recorder, items, cost, chunksExpireAt };
    };
    const place = {
      items,
      recorder,
      method,
      keep: (returned: unknown, end: Uint8Array) => this.#keeping.keep(ended(), returned, end),
      keepError: (error: unknown) => this.#keeping.keepError(ended(), error),
      report: onBare,
      ended: () => this.#flights.end(flight),
    };
    return new LiveRun(flight, place, turn, first);
  }
}

/** A recording that may be answered with; undefined: there is none, or of no such age. */
function recorded(
  remembered: Remembered | undefined,
  ages: readonly Remembered["age"][],
): Found | undefined {
  if (remembered === undefined || !ages.includes(remembered.age)) return undefined;
  const recording = recordingIn(remembered.value);
  if (recording === undefined) return undefined;
  const { terms, age, cost } = remembered;
  const failed = terms.failed === true;
  return { recording, failed, source: "backend", stale: age === "stale", cost };
}
