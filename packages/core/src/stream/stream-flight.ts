import { hitChannel } from "../options/channels.ts";
import type { HitMessage } from "../options/channels.ts";
import type { Computation } from "../memo/computation.ts";
import type { Recording } from "./recording.ts";
import { Replay } from "./replay.ts";
import type { Flight } from "../memo/single-flight.ts";
import type { Counters } from "../options/stats.ts";
import type { LiveRun } from "./stream-run.ts";
import type { StreamSite } from "./stream-site.ts";
import type { Step, Track } from "./stream-track.ts";
import { LostItems } from "./stream-track.ts";

/** A recording that answers calls. */
export interface Found {
  readonly recording: Recording;
  readonly failed: boolean;
  readonly source: "memory" | "backend";
  readonly stale: boolean;
  /** Milliseconds that the method took. */
  readonly cost: number | undefined;
}

/** What a call comes to: a recording, or a live run. */
export type Ready = { readonly found: Found } | { readonly live: LiveRun };

/** One look-up and, where nothing is recorded, live run of a key that any number of consumers share. */
export class StreamFlight {
  readonly flight: Flight;
  readonly site: StreamSite;
  readonly #counters: Counters;
  readonly #method: string;
  /** Who wants what it gives, each with the computation that it is part of. */
  readonly #tracks = new Map<object, Computation | undefined>();
  #ready: Promise<Ready> | undefined;
  #live: LiveRun | undefined;

  constructor(flight: Flight, site: StreamSite, counters: Counters, method: string) {
    this.flight = flight;
    this.site = site;
    this.#counters = counters;
    this.#method = method;
  }

  begin(prepare: () => Promise<Ready>): void {
    this.#ready = prepare();
    this.#ready.then(
      (ready) => {
        if ("live" in ready) this.#live = ready.live;
      },
      // When everyone has left, nobody else hears of a rejection.
      () => undefined,
    );
  }

  get ready(): Promise<Ready> {
    return this.#ready as Promise<Ready>;
  }

  /** @param follower the computation that the consumer is part of */
  board(follower: Computation | undefined): Track {
    const track = new FlightTrack(this, this.#ready === undefined);
    this.#tracks.set(track, follower);
    this.flight.board();
    if (follower?.isOver === false) follower.follow(this.flight);
    return track;
  }

  async leave(track: object, reason: unknown, isGone: boolean): Promise<void> {
    if (!this.#tracks.has(track)) return;
    this.#tracks.get(track)?.unfollow(this.flight);
    this.#tracks.delete(track);
    const live = this.#live;
    const isLast = live?.isOver === true ? this.#tracks.size === 0 : this.flight.leave(reason);
    if (!isLast && live?.isOwnedBy(track) !== true) return;
    this.flight.close();
    if (live !== undefined) return live.close(isGone);
    // What is being prepared must not begin.
    const closing = this.ready.then((ready) =>
      "live" in ready ? ready.live.close(true) : undefined,
    );
    closing.catch(() => undefined);
  }

  /** Counts and publishes an answer that the method was not run for. */
  hit(source: HitMessage["source"], cost: number | undefined, stale: boolean): void {
    this.#counters.hits += 1;
    if (source === "memory") this.#counters.memoryHits += 1;
    if (stale) this.#counters.stale += 1;
    this.#counters.timeSaved += cost ?? 0;
    if (!hitChannel.hasSubscribers) return;
    hitChannel.publish({ method: this.#method, key: this.flight.key, source, stale, cost });
  }
}

/** A consumer's way along the stream that a flight comes to. */
class FlightTrack implements Track {
  readonly #flight: StreamFlight;
  readonly #isFirst: boolean;
  #replay: Replay | undefined;
  #live: LiveRun | undefined;
  #number = 0;
  #frames: readonly Uint8Array[] | undefined;
  #at = 0;

  constructor(flight: StreamFlight, isFirst: boolean) {
    this.#flight = flight;
    this.#isFirst = isFirst;
  }

  async next(): Promise<Step> {
    if (this.#replay === undefined && this.#live === undefined) await this.#find();
    if (this.#replay !== undefined) return this.#replay.next();
    const live = this.#live as LiveRun;
    for (;;) {
      this.#frames ??= await this.#load(live);
      const frame = this.#frames[this.#at];
      if (frame !== undefined) {
        this.#at += 1;
        return { done: false, frame };
      }
      if (this.#number < live.recorder.number) {
        this.#number += 1;
        this.#at = 0;
        this.#frames = undefined;
      } else if (live.end !== undefined) {
        if ("thrown" in live.end) throw live.end.thrown;
        return { done: true, frame: live.end.frame };
      } else if (live.isBare) {
        return live.bareStep(this);
      } else {
        await live.advance();
      }
    }
  }

  async leave(reason: unknown, isGone: boolean): Promise<void> {
    await this.#flight.leave(this, reason, isGone);
  }

  async damaged(cause: unknown): Promise<void> {
    const { site, flight } = this.#flight;
    site.store.report(cause, "read", flight.key);
    await this.#replay?.remove();
  }

  /** @throws LostItems when what it joined was invalidated before it came */
  async #find(): Promise<void> {
    if (this.#isFirst) return this.#take(await this.#flight.ready);
    const { site, flight } = this.#flight;
    const { ready } = this.#flight;
    const stands = await site.standing(flight.key, flight, ready, site.isTagged);
    if (stands === "invalidated") {
      flight.close();
      throw new LostItems("What is under way was invalidated.");
    }
    this.#take(await ready);
  }

  #take(ready: Ready): void {
    if ("live" in ready) {
      this.#live = ready.live;
      if (!this.#isFirst) this.#flight.hit("flight", undefined, false);
      return;
    }
    const { recording, failed, source, stale, cost } = ready.found;
    const { flight, site } = this.#flight;
    this.#replay = new Replay(site, flight.key, recording, failed);
    this.#flight.hit(this.#isFirst ? source : "flight", cost, stale);
  }

  async #load(live: LiveRun): Promise<readonly Uint8Array[]> {
    const frames = await live.recorder.frames(this.#number);
    if (frames !== undefined) return frames;
    // Whoever joined now would find the same.
    this.#flight.flight.close();
    throw new LostItems("A part of what was recorded so far is gone or damaged.");
  }
}
