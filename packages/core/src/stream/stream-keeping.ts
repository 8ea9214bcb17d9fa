import { storeChannel } from "../options/channels.ts";
import { milliseconds } from "../options/duration.ts";
import type { Terms } from "../memo/envelope.ts";
import { seal } from "../memo/envelope.ts";
import type { Freshness } from "../options/freshness.ts";
import { keepableError } from "../memo/keepable-error.ts";
import type { Call, MemoSource } from "../memo/memo-source.ts";
import type { Recorder } from "./recorder.ts";
import { storedRecording } from "./recording.ts";
import type { Flight } from "../memo/single-flight.ts";
import type { StreamItems } from "./stream-items.ts";
import type { StreamSite } from "./stream-site.ts";
import { forgetOlder, storeFlight } from "../memo/storing.ts";

/** A run that has come to its end. */
export interface Ended {
  readonly site: StreamSite;
  readonly call: Call;
  readonly flight: Flight;
  readonly recorder: Recorder;
  readonly items: StreamItems;
  /** Milliseconds that the method took. */
  readonly cost: number;
  /** When its chunks cease to exist; undefined: never. */
  readonly chunksExpireAt: number | undefined;
}

/** What is stored under the call's key: the last thing to be written, and what makes a recording one. */
interface Kept {
  readonly end: Uint8Array;
  readonly terms: Terms;
  /** For how many milliseconds it is fresh; 0: it is not to be remembered. */
  readonly lifetime: number;
}

/** Remembers runs that came to their ends by themselves. */
export class StreamKeeping {
  readonly #source: MemoSource;
  readonly #freshness: Freshness;

  constructor(source: MemoSource, freshness: Freshness) {
    this.#source = source;
    this.#freshness = freshness;
  }

  /**
   * @param returned what the method returned
   * @param end its frame
   * @returns whether it is stored
   * @throws what an option's callback throws
   */
  async keep(ended: Ended, returned: unknown, end: Uint8Array): Promise<boolean> {
    const { site, call, flight } = ended;
    const { since } = flight;
    const { instance, args } = call;
    const { settings, method } = this.#source;
    const context = { instance, method, args };
    const isWorthy = settings.shouldCache === undefined || settings.shouldCache(returned, context);
    const lifetime = isWorthy ? this.#freshness.lifetimeOf(returned) : 0;
    const names = settings.tags?.(returned, args, context) ?? [];
    if (lifetime === 0) {
      site.notes.add(call.key, { what: isWorthy ? "ttl" : "shouldCache" });
      await forgetOlder(site, flight);
      return false;
    }
    if (flight.superseded) return false;
    if (names.length === 0) return this.#store(ended, { end, lifetime, terms: {} });
    // Without knowing what was invalidated a tagged result cannot be kept.
    if (since === undefined) return false;
    return this.#store(ended, { end, lifetime, terms: { tags: { names: [...names], ...since } } });
  }

  /** The same for what the method threw, where `cacheErrors` says so. */
  async keepError(ended: Ended, error: unknown): Promise<boolean> {
    const { cacheErrors, cacheErrorsOption } = this.#source.settings;
    ended.site.notes.add(ended.call.key, { what: "rejected" });
    if (cacheErrors === false || ended.flight.superseded) return false;
    const lifetime =
      typeof cacheErrors === "function"
        ? milliseconds(cacheErrorsOption, cacheErrors(error))
        : this.#freshness.lifetimeOf(error);
    if (lifetime === 0) return false;
    const isStorable = async (part: unknown): Promise<boolean> => {
      try {
        await ended.items.frame(part);
        return true;
      } catch {
        return false;
      }
    };
    const end = await ended.items.frame(await keepableError(error, isStorable));
    return this.#store(ended, { end, lifetime, terms: { failed: true } });
  }

  async #store(ended: Ended, { end, terms, lifetime }: Kept): Promise<boolean> {
    const { site, flight, recorder, cost, chunksExpireAt } = ended;
    const { store } = site;
    const { key } = flight;
    const recording = await recorder.recording(end);
    if (recording === undefined || flight.superseded) return false;
    const before = await store.lookup(key);
    // Another process went on without waiting for this run, and came to the end before it.
    const isLate =
      before !== undefined && !flight.forced && (await site.lookup(key))?.age === "fresh";
    if (isLate) return false;
    const now = site.now();
    const freshUntil = now + lifetime;
    const expiresAt = earlier(this.#freshness.expiryOf(freshUntil), chunksExpireAt);
    const hasAfterlife = this.#freshness.afterlife !== 0 && freshUntil !== Infinity;
    const value = storedRecording(recording, await site.chunks.takesText());
    const sealed = seal(value, hasAfterlife ? { ...terms, freshUntil } : terms);
    const stored = await storeFlight(site, flight, sealed, { expiresAt, cost });
    if (stored === "stored") site.notes.add(key, { what: stored, at: now, freshUntil });
    else site.notes.add(key, { what: stored });
    if (stored !== "stored") return false;
    if (before !== undefined) await site.removeChunks(key, site.recordingOf(before));
    site.forget(key);
    if (this.#source.settings.memory !== undefined && terms.failed !== true) {
      const quickUntil = this.#freshness.quickUntil({ storedAt: now, freshUntil });
      const held = await site.hold(key, value, { quickUntil, cost });
      if (held !== undefined && !flight.superseded) site.remember(key, held, flight.since);
    }
    if (storeChannel.hasSubscribers) {
      storeChannel.publish({ method: this.#source.method, key, expiresAt, cost });
    }
    return true;
  }
}

function earlier(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
