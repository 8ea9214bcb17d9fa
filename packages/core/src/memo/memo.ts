import { signalsIn, untilAborted, withoutSignals, withSignal } from "./abort.ts";
import { Answering } from "./answering.ts";
import { awaitWithin, waitsForUs } from "./computing-chain.ts";
import { Computing } from "./computing.ts";
import { configurationRevision } from "../options/configure.ts";
import type { CallKey } from "../keys/call-key.ts";
import { CycleError } from "@class-cache/mapping";
import { Explaining } from "./explaining.ts";
import type { Explanation } from "./explanation.ts";
import { Freshness } from "../options/freshness.ts";
import type { Held } from "./held.ts";
import { yieldingPlace } from "./limiter.ts";
import type { Call, Compute, FlightWatch, MemoSource } from "./memo-source.ts";
import { isForced } from "./memo-source.ts";
import { Remembering } from "./remembering.ts";
import { SharedFlight } from "./shared-flight.ts";
import type { Outcome } from "./single-flight.ts";
import { Flight, Flights } from "./single-flight.ts";
import { Site } from "./site.ts";
import type { Standing } from "./standing.ts";
import type { Counters } from "../options/stats.ts";
import { countersOf } from "../options/stats.ts";
import { firmly, softly } from "./timeouts.ts";
import { Verifying } from "./verifying.ts";

/** Answers the calls of one method of one class from what is remembered, else computes and remembers. */
export class Memo {
  /** What can be done with the results beside calling. */
  readonly remembering: Remembering;
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #flights = new Flights();
  readonly #freshness: Freshness;
  readonly #answering: Answering;
  /** Undefined: nothing is ever verified. */
  readonly #verifying: Verifying | undefined;
  readonly #callKey: CallKey;
  #currentSite: Site | undefined;
  /** The same, where memory alone can decide about a call. */
  #quickSite: Site | undefined;
  /** Whether `quick` has just looked for a call and does not know it. */
  #isNew = false;
  /** The state of `configurationRevision()` that the site was made in. */
  #revision = -1;

  constructor(source: MemoSource) {
    this.#source = source;
    this.#callKey = source.callKey;
    this.#counters = countersOf(source.method);
    this.#freshness = new Freshness(source.settings);
    const computing = new Computing(source, this.#counters, this.#freshness);
    const shared = new SharedFlight(source);
    const verifying =
      source.settings.verify === 0 ? undefined : new Verifying(source, this.#counters);
    this.#verifying = verifying;
    this.#answering = new Answering(
      source,
      this.#counters,
      this.#flights,
      computing,
      shared,
      verifying,
    );
    this.remembering = new Remembering(source, this.#freshness, this.#flights, () => this.#site());
  }

  /** The method for people, as in `Embedder.embed`. */
  get method(): string {
    return this.#source.method;
  }

  /**
   * @param compute in the place of the method itself
   * @param watch told of the flights that the call begins
   */
  call(
    instance: unknown,
    given: readonly unknown[],
    compute: Compute = this.#source.compute,
    watch?: FlightWatch,
  ): Promise<unknown> {
    try {
      return this.quick(instance, given) ?? this.answer(instance, given, compute, watch);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * The answer to a call that was made before and has only to be given again; undefined: it takes
   * more, see `call`. Short, so that the compiler makes one function of all that it calls.
   *
   * @throws UnkeyableError
   */
  quick(instance: unknown, given: readonly unknown[]): Promise<unknown> | undefined {
    const site = this.#quickSite;
    if (site === undefined || this.#revision !== configurationRevision()) return undefined;
    if (!site.isCurrent) return undefined;
    const known = this.#callKey.recent(instance, given);
    if (known === undefined) {
      this.#isNew = true;
      return undefined;
    }
    const held = known.found as Held | undefined;
    if (held === undefined || !site.isQuick(held)) return undefined;
    const answer = held.ready ?? held.answer();
    if (answer === undefined) return undefined;
    held.uses += 1;
    this.#answering.quickHit(known.text, held.cost);
    return answer;
  }

  /** The same as `call` after `quick` had no answer. @throws UnkeyableError */
  answer(
    instance: unknown,
    given: readonly unknown[],
    compute: Compute = this.#source.compute,
    watch?: FlightWatch,
  ): Promise<unknown> {
    const isNew = this.#isNew;
    this.#isNew = false;
    const site = this.#site();
    const signals = signalsIn(given);
    const args = signals === undefined ? given : withSignal(given, undefined);
    if (signals !== undefined) for (const signal of signals) signal.throwIfAborted();
    const known = this.#callKey.of(instance, args, this.#source.method, isNew && args === given);
    const key = known.text;
    const forced = isForced(this.#source, instance, args);
    const held = forced || !site.isCurrent ? undefined : site.find(known);
    const call = { key, instance, given, args, signals, compute, watch };
    if (held === undefined) return yieldingPlace(this.#board(site, call, forced));
    const answer = held.answer();
    if (answer === undefined) return this.#open(site, call, held);
    this.#answering.quickHit(key, held.cost);
    this.#verifying?.consider(site, call);
    return answer;
  }

  /** The canonical text of a call's key. */
  key(instance: unknown, given: readonly unknown[]): string {
    const args = withoutSignals(given);
    return this.#callKey.text(instance, args, this.#source.method);
  }

  /** What a call would come to, and why. @throws what the backend throws */
  async explain(instance: unknown, given: readonly unknown[]): Promise<Explanation> {
    const site = this.#site();
    const args = withoutSignals(given);
    const key = this.key(instance, args);
    const forced = isForced(this.#source, instance, args);
    const isPausing = this.#answering.isPausing(key, site.now());
    const explaining = new Explaining(this.#source, this.#freshness, this.#flights);
    return explaining.explain(site, { key, forced, isPausing });
  }

  /** Computes and stores anew. */
  async refresh(instance: unknown, given: readonly unknown[]): Promise<unknown> {
    const signals = signalsIn(given);
    const args = signals === undefined ? given : withSignal(given, undefined);
    for (const signal of signals ?? []) signal.throwIfAborted();
    const key = this.key(instance, args);
    const { compute } = this.#source;
    const call = { key, instance, given, args, signals, compute, watch: undefined };
    return yieldingPlace(this.#board(this.#site(), call, true));
  }

  /** Sees to it that calls from here on are not answered with what was invalidated before. */
  async renew(): Promise<void> {
    await this.#site().renew();
  }

  #site(): Site {
    const revision = configurationRevision();
    if (this.#currentSite === undefined || this.#revision !== revision) {
      const { id, method, backend, settings } = this.#source;
      const options = { id, method, backend, onError: settings.onError, counters: this.#counters };
      const site = new Site(options, settings, this.#freshness);
      this.#currentSite?.succeedBy(site);
      this.#currentSite = site;
      const mayBeQuick = settings.forceFresh === false && this.#verifying === undefined;
      this.#quickSite = mayBeQuick ? site : undefined;
      this.#revision = revision;
    }
    return this.#currentSite;
  }

  /** Joins the flight of the key that is under way, else begins one. */
  #board(site: Site, call: Call, forced: boolean): Promise<unknown> {
    const { singleFlight } = this.#source.settings;
    const isShared = singleFlight !== false;
    let joined = isShared ? this.#flights.joinable(call.key, forced) : undefined;
    const isCircle = joined !== undefined && waitsForUs(joined);
    if (isCircle) {
      site.store.report(new CycleError(this.#source.method, call.key), "lease", call.key);
      joined = undefined;
    }
    const flight =
      joined ?? new Flight(call.key, this.#flights, forced || isCircle, call.signals !== undefined);
    flight.board();
    if (joined === undefined) {
      flight.site = site;
      this.#flights.add(flight, isShared && !isCircle);
      flight.begin(() => this.#answering.fly(site, call, flight));
      call.watch?.begun(flight);
    }
    awaitWithin(flight, flight.outcome);
    const outcome = this.#softly(flight.site ?? site, flight);
    const standing =
      joined === undefined ? undefined : flight.site?.standing(call.key, flight, outcome, false);
    const answer = this.#firmly(
      joined === undefined
        ? outcome.then(({ value }) => value)
        : outcome.then(
            (shared) => this.#share(flight, standing, call, shared),
            (error: unknown) => this.#shareError(flight, standing, call, error),
          ),
    );
    if (call.signals === undefined) return answer;
    return untilAborted(answer, call.signals, (reason) => {
      if (flight.leave(reason, joined === undefined)) flight.close();
    });
  }

  /** The flight's outcome, or a stale one where it takes long. */
  #softly(site: Site, flight: Flight): Promise<Outcome> {
    const { softTimeout } = this.#source.settings;
    if (softTimeout === Infinity) return flight.outcome;
    return softly(flight.outcome, softTimeout, () => this.#answering.instead(site, flight));
  }

  /** The answer to a call, as far as it waits for it. */
  #firmly(answer: Promise<unknown>): Promise<unknown> {
    const { hardTimeout } = this.#source.settings;
    return hardTimeout === Infinity ? answer : firmly(answer, hardTimeout, this.#source.method);
  }

  /** The answer for a call that joined another's flight. */
  async #share(
    flight: Flight,
    standing: Promise<Standing | undefined> | undefined,
    call: Call,
    { held, isStale, tags }: Outcome,
  ): Promise<unknown> {
    for (const signal of call.signals ?? []) signal.throwIfAborted();
    const site = flight.site ?? this.#site();
    // What cannot be copied is computed for each caller: nobody gets an object of another.
    const opened = held === undefined ? undefined : await site.open(call.key, held);
    if (held === undefined || opened === undefined) return this.#board(this.#site(), call, false);
    // Who came after an invalidation must not get what it concerns, though it was under way by then.
    const stands = await standing;
    const isLeft =
      stands === "invalidated" || (stands === "doubtful" && !(await holds(site, call.key, tags)));
    if (isLeft) return this.#board(this.#site(), call, false);
    this.#answering.hit(call.key, "flight", held.cost, isStale);
    return opened.value;
  }

  /** The same where the flight failed. @throws what it failed with */
  async #shareError(
    flight: Flight,
    standing: Promise<Standing | undefined> | undefined,
    call: Call,
    error: unknown,
  ): Promise<unknown> {
    if ((await standing) !== "invalidated" || flight.abandoned) throw error;
    return this.#board(this.#site(), call, false);
  }

  #open(site: Site, call: Call, held: Held): Promise<unknown> {
    const opened = site.open(call.key, held);
    return opened instanceof Promise
      ? opened.then((late) => this.#giveOpened(site, call, held, late))
      : this.#giveOpened(site, call, held, opened);
  }

  #giveOpened(
    site: Site,
    call: Call,
    held: Held,
    opened: { readonly value: unknown } | undefined,
  ): Promise<unknown> {
    if (opened === undefined) {
      site.forget(call.key);
      return this.#board(site, call, false);
    }
    this.#answering.quickHit(call.key, held.cost);
    this.#verifying?.consider(site, call);
    return Promise.resolve(opened.value);
  }
}

/** Whether none of a result's tags was invalidated, as far as they are known. */
async function holds(site: Site, key: string, tags: Outcome["tags"]): Promise<boolean> {
  if (tags === undefined) return true;
  return tags !== "unknown" && site.holds(key, tags);
}
