import { AsyncLocalStorage } from "node:async_hooks";
import { isDeepStrictEqual } from "node:util";
import { DivergenceError, encodeKey } from "@class-cache/mapping";
import { withSignal } from "./abort.ts";
import { divergenceChannel } from "../options/channels.ts";
import { inBackground } from "./in-background.ts";
import { unwrapped } from "./item-failure.ts";
import type { Call, MemoSource } from "./memo-source.ts";
import type { Remembered } from "./remembered.ts";
import type { Site } from "./site.ts";
import type { Counters } from "../options/stats.ts";

const verifications = new AsyncLocalStorage<true>();

/**
 * Computes a share of what is answered from memory or the backend once more, in the background, and
 * reports where the results differ (shadow verification). What is remembered stays as it is.
 */
export class Verifying {
  readonly #source: MemoSource;
  readonly #counters: Counters;
  readonly #share: number;
  /** The keys that are being verified. */
  readonly #underWay = new Set<string>();

  constructor(source: MemoSource, counters: Counters) {
    this.#source = source;
    this.#counters = counters;
    this.#share = source.settings.verify;
  }

  /** After a call was answered with a fresh result: may have it verified. */
  consider(site: Site, call: Call): void {
    if (Math.random() >= this.#share || this.#underWay.has(call.key)) return;
    // What a verification calls is not verified in turn: recursion would never come to an end.
    if (verifications.getStore() !== undefined) return;
    this.#underWay.add(call.key);
    const begin = (): void => {
      verifications.run(true, () => {
        void this.#verify(site, call)
          .catch((error: unknown) => site.store.report(unwrapped(error), "verify", call.key))
          .finally(() => this.#underWay.delete(call.key));
      });
    };
    // The caller goes on first. It waits for none of this, nor does what called it.
    inBackground(() => setImmediate(begin));
  }

  async #verify(site: Site, call: Call): Promise<void> {
    const { key } = call;
    const remembered = await this.#freshResult(site, key);
    if (remembered === undefined) return;
    const { limiter } = this.#source;
    const compute = (): Promise<{ readonly value: unknown } | undefined> => this.#compute(call);
    const computed = await (limiter === undefined ? compute() : limiter.run(compute));
    if (computed === undefined) return;
    this.#counters.verified += 1;
    const value = await this.#asStored(site, key, computed.value);
    if (isDeepStrictEqual(value, remembered.value)) return;
    // Whoever changed it meanwhile may have changed what the method reads, too.
    const again = await this.#freshResult(site, key);
    if (again?.storedAt !== remembered.storedAt) return;
    this.#report(site, key, remembered.value, computed.value);
  }

  async #freshResult(site: Site, key: string): Promise<Remembered | undefined> {
    const found = await site.lookup(key);
    const isFresh = found?.age === "fresh" || found?.age === "due";
    return isFresh && found.terms.failed !== true ? found : undefined;
  }

  /** @returns undefined where the caller changed the instance or an argument meanwhile */
  async #compute(call: Call): Promise<{ readonly value: unknown } | undefined> {
    // The source's own: a batch's call computes its item together with others.
    const { callKey, compute, method } = this.#source;
    const { key, instance, given, args, signals } = call;
    if (!callKey.isStill(key, instance, args, method)) return undefined;
    // A caller that gives up does not concern it.
    const handed = signals === undefined ? given : withSignal(given, new AbortController().signal);
    const began = performance.now();
    try {
      const value = await compute(instance, handed);
      return callKey.isStill(key, instance, args, method) ? { value } : undefined;
    } finally {
      this.#counters.timeSpent += performance.now() - began;
    }
  }

  /** As it would come back from the store; as it is where it could not be stored. */
  async #asStored(site: Site, key: string, value: unknown): Promise<unknown> {
    const stored = await site.store.codec();
    const codec = stored.base ?? stored;
    const context = { id: this.#source.id, key: encodeKey(key) };
    try {
      return await codec.decode(await codec.encode(value, context), context);
    } catch {
      return value;
    }
  }

  #report(site: Site, key: string, remembered: unknown, computed: unknown): void {
    const { method } = this.#source;
    this.#counters.divergences += 1;
    if (divergenceChannel.hasSubscribers) {
      divergenceChannel.publish({ method, key, remembered, computed });
    }
    site.store.report(new DivergenceError(method, key, remembered, computed), "verify", key);
  }
}
