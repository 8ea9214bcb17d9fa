import { DamagedError, OptionError } from "@class-cache/mapping";
import type { Freshness } from "../options/freshness.ts";
import type { Call, MemoSource } from "../memo/memo-source.ts";
import type { Recording } from "./recording.ts";
import { recordingIn } from "./recording.ts";
import type { NamedCall } from "../memo/remembering.ts";
import { Remembering } from "../memo/remembering.ts";
import { Replay } from "./replay.ts";
import type { Flights } from "../memo/single-flight.ts";
import { Flight } from "../memo/single-flight.ts";
import type { StreamAnswering } from "./stream-answering.ts";
import { StreamItems } from "./stream-items.ts";
import type { StreamSite } from "./stream-site.ts";
import { LostItems } from "./stream-track.ts";

/** What can be done with recorded streams by hand. Failures of the backend are thrown. */
export class StreamRemembering {
  readonly #source: MemoSource;
  readonly #flights: Flights;
  readonly #answering: StreamAnswering;
  readonly #site: () => StreamSite;
  /** Does to the recordings what is done to any result. */
  readonly #recordings: Remembering;

  constructor(
    source: MemoSource,
    freshness: Freshness,
    flights: Flights,
    answering: StreamAnswering,
    site: () => StreamSite,
  ) {
    this.#source = source;
    this.#flights = flights;
    this.#answering = answering;
    this.#site = site;
    this.#recordings = new Remembering(source, freshness, flights, site);
  }

  has(key: string): Promise<boolean> {
    return this.#recordings.has(key);
  }

  /** The recorded stream, which never runs the method; undefined when there is none. */
  async peek(key: string): Promise<AsyncGenerator<unknown, unknown> | undefined> {
    const recording = recordingIn(await this.#recordings.peek(key));
    return recording === undefined ? undefined : this.#played(key, recording);
  }

  /** Records an async iterable, as if the method had yielded its items. */
  async set({ key, instance, args }: NamedCall, value: unknown): Promise<void> {
    const iterable = value as Partial<AsyncIterable<unknown>> | null | undefined;
    if (typeof iterable?.[Symbol.asyncIterator] !== "function") {
      throw new OptionError("set(args, value)", "an async iterable of the items", value);
    }
    const site = this.#site();
    const flight = new Flight(key, this.#flights, true, false);
    const call: Call = {
      key,
      instance,
      given: args,
      args,
      signals: undefined,
      compute: () => value,
      watch: undefined,
    };
    this.#flights.supersede(key);
    await flight.renew(site);
    try {
      await this.#answering.record(site, call, flight);
    } finally {
      this.#flights.end(flight);
    }
  }

  /** @returns whether anything was recorded */
  async delete(key: string): Promise<boolean> {
    return this.#withChunks(key, () => this.#recordings.delete(key));
  }

  /** @returns whether there was one */
  async expire(key: string): Promise<boolean> {
    return this.#withChunks(key, () => this.#recordings.expire(key));
  }

  /** Forgets the recordings of all calls on all instances. */
  async clear(): Promise<void> {
    const site = this.#site();
    await this.#recordings.clear();
    // What is being recorded at this moment is not kept, but it may be read.
    await site.chunks.sweep((key, run) => site.isNamed(key, run));
  }

  /** Removes the chunks of a recording that is gone afterwards. */
  async #withChunks(key: string, act: () => Promise<boolean>): Promise<boolean> {
    const site = this.#site();
    const found = await (await site.store.mapping()).lookup(key);
    const recording = found === undefined ? undefined : site.recordingOf(found);
    const outcome = await act();
    if (recording !== undefined && !(await site.isNamed(key, recording.run))) {
      await site.removeChunks(key, recording);
    }
    return outcome;
  }

  async *#played(key: string, recording: Recording): AsyncGenerator<unknown, unknown> {
    const site = this.#site();
    const items = new StreamItems(await site.store.codec(), this.#source.id, key);
    const replay = new Replay(site, key, recording, false);
    try {
      for (;;) {
        const { done, frame } = await replay.next();
        const item = await items.item(frame);
        if (done) return item;
        yield item;
      }
    } catch (error) {
      if (!(error instanceof LostItems)) throw error;
      throw new DamagedError(`The recorded stream of ${this.#source.method}`, { cause: error });
    }
  }
}
