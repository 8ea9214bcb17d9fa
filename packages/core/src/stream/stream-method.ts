import { withSignal } from "../memo/abort.ts";
import { missChannel } from "../options/channels.ts";
import { within } from "../memo/computing-chain.ts";
import type { Call, MemoSource } from "../memo/memo-source.ts";
import type { Flight } from "../memo/single-flight.ts";
import type { Site } from "../memo/site.ts";
import type { Counters } from "../options/stats.ts";
import type { RunningMethod } from "./stream-run.ts";

/** Runs a method that yields, one step at a time, and measures what it takes. */
export class StreamMethod implements RunningMethod {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #site: Site;
  readonly #call: Call;
  readonly #flight: Flight;
  #iterator: AsyncIterator<unknown, unknown> | undefined;
  #cost = 0;

  constructor(source: MemoSource, counters: Counters, site: Site, call: Call, flight: Flight) {
    this.#source = source;
    this.#counters = counters;
    this.#site = site;
    this.#call = call;
    this.#flight = flight;
  }

  /** Milliseconds that the steps took so far; what consumers do between them does not count. */
  get cost(): number {
    return this.#cost;
  }

  /** In a place of its own where `concurrency` is limited: a run that pauses takes none. */
  async step(): Promise<IteratorResult<unknown, unknown>> {
    const { limiter } = this.#source;
    const timed = async (): Promise<IteratorResult<unknown, unknown>> => {
      if (this.#iterator === undefined) await this.#learn();
      this.#iterator ??= this.#start();
      const iterator = this.#iterator;
      const began = performance.now();
      try {
        return await within(this.#flight, () => iterator.next());
      } finally {
        const took = performance.now() - began;
        this.#cost += took;
        this.#counters.timeSpent += took;
      }
    };
    return limiter === undefined ? timed() : limiter.run(timed);
  }

  async stop(): Promise<void> {
    await this.#iterator?.return?.(undefined);
  }

  /** @throws the signal's reason when everybody has left before it was begun */
  async #learn(): Promise<void> {
    await this.#flight.learn(this.#site, this.#source.limiter !== undefined);
    this.#flight.controller?.signal.throwIfAborted();
  }

  #start(): AsyncIterator<unknown, unknown> {
    const { instance, given, args, signals, compute, key } = this.#call;
    const { method, callKey } = this.#source;
    const flight = this.#flight;
    // The method sees its instance and arguments as they are now, not as they were when the key was
    // taken: a stream of other ones must not be kept under it, nor given to others.
    flight.diverted ||= !callKey.isStill(key, instance, args, method);
    flight.superseded ||= flight.diverted;
    if (flight.diverted) flight.close();
    const isMiss = compute === this.#source.compute;
    if (isMiss) this.#counters.misses += 1;
    if (isMiss && missChannel.hasSubscribers) {
      missChannel.publish({ method, key, background: flight.isBackground });
    }
    const signal = flight.controller?.signal;
    const handed = signals === undefined ? given : withSignal(given, signal);
    const iterable = compute(instance, handed) as AsyncIterable<unknown, unknown>;
    return iterable[Symbol.asyncIterator]();
  }
}
