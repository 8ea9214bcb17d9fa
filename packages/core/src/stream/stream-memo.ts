import { types } from "node:util";
import { signalsIn, withoutSignals, withSignal } from "../memo/abort.ts";
import { configurationRevision } from "../options/configure.ts";
import { Explaining } from "../memo/explaining.ts";
import type { Explanation } from "../memo/explanation.ts";
import { Freshness } from "../options/freshness.ts";
import type { Call, MemoSource } from "../memo/memo-source.ts";
import { isForced } from "../memo/memo-source.ts";
import { SharedFlight } from "../memo/shared-flight.ts";
import { Flights } from "../memo/single-flight.ts";
import type { Counters } from "../options/stats.ts";
import { countersOf } from "../options/stats.ts";
import { StreamAnswering } from "./stream-answering.ts";
import type { StreamSource } from "./stream-consumer.ts";
import { StreamItems } from "./stream-items.ts";
import { streamReader } from "./stream-reader.ts";
import { StreamRemembering } from "./stream-remembering.ts";
import { StreamSite } from "./stream-site.ts";

/** What `Memo` is for methods that return promises, for methods that yield. */
export class StreamMemo {
  readonly remembering: StreamRemembering;
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #freshness: Freshness;
  readonly #flights = new Flights();
  readonly #answering: StreamAnswering;
  #currentSite: StreamSite | undefined;
  /** The state of `configurationRevision()` that the site was made in. */
  #revision = -1;

  constructor(source: MemoSource) {
    // A method that did not always yield has left results of another kind under its own id.
    this.#source = { ...source, id: `${source.id}~stream` };
    this.#counters = countersOf(source.method);
    this.#freshness = new Freshness(source.settings);
    const shared = new SharedFlight(this.#source);
    this.#answering = new StreamAnswering(
      this.#source,
      this.#counters,
      this.#flights,
      this.#freshness,
      shared,
    );
    this.remembering = new StreamRemembering(
      this.#source,
      this.#freshness,
      this.#flights,
      this.#answering,
      () => this.#site(),
    );
  }

  /** Runs the method, whatever is recorded, and records it anew. */
  refresh(instance: unknown, given: readonly unknown[]): AsyncGenerator<unknown, unknown> {
    return streamReader(() => this.open(instance, given, true));
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

  /** The canonical text of a call's key. */
  key(instance: unknown, given: readonly unknown[]): string {
    const args = withoutSignals(given);
    return this.#source.callKey.text(instance, args, this.#source.method);
  }

  /**
   * What a call's reader asks when it is first asked for an item.
   *
   * @param isToldTo the method is run whatever is recorded
   * @throws the signal's reason, and UnkeyableError
   */
  open(instance: unknown, given: readonly unknown[], isToldTo: boolean = false): StreamSource {
    const { callKey, method, compute, id } = this.#source;
    const site = this.#site();
    const signals = signalsIn(given);
    for (const signal of signals ?? []) signal.throwIfAborted();
    const args = signals === undefined ? given : withSignal(given, undefined);
    const key = callKey.text(instance, args, method);
    const forced = isToldTo || isForced(this.#source, instance, args);
    const call: Call = { key, instance, given, args, signals, compute, watch: undefined };
    let items: Promise<StreamItems> | undefined;
    return {
      method,
      key,
      signals,
      items: () => (items ??= site.store.codec().then((codec) => new StreamItems(codec, id, key))),
      board: () => this.#answering.board(site, call, forced),
      boardAlone: () => this.#answering.alone(site, call),
    };
  }

  #site(): StreamSite {
    const revision = configurationRevision();
    if (this.#currentSite === undefined || this.#revision !== revision) {
      const { id, method, backend, settings } = this.#source;
      const options = { id, method, backend, onError: settings.onError, counters: this.#counters };
      this.#currentSite = new StreamSite(options, settings, this.#freshness);
      this.#revision = revision;
    }
    return this.#currentSite;
  }
}

/** Whether a function is one that is written `async *`. */
export function isYielding(fn: Function): boolean {
  return types.isAsyncFunction(fn) && types.isGeneratorFunction(fn);
}
