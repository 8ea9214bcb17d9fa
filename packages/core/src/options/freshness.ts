import type { Duration } from "./duration.ts";
import { milliseconds } from "./duration.ts";

/** A method's `ttl`, checked: milliseconds, or what gives the duration for each value. */
export type Lifetime = number | ((value: unknown) => Duration);

/** The options about time, with every default settled; milliseconds. */
export interface FreshnessSettings {
  readonly ttl: Lifetime;
  /** What errors name a bad `ttl` result by. */
  readonly ttlOption: string;
  /** The share of its lifetime by which a result's may be shorter, at random. */
  readonly jitter: number;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
  /** Below 1 a share of the lifetime. */
  readonly refreshAhead: number;
}

/** When a result changes its state, in milliseconds since the epoch; Infinity: never. */
export interface Times {
  readonly storedAt: number;
  readonly freshUntil: number;
}

/**
 * What a remembered result may serve for: `"fresh"`; `"due"`, fresh but to be renewed ahead; `"stale"`,
 * an answer while it is renewed; `"fallback"`, an answer if renewing it fails; `"gone"`, nothing.
 */
export type Age = "fresh" | "due" | "stale" | "fallback" | "gone";

/** Reckons how long the results of one method are good for. */
export class Freshness {
  readonly #settings: FreshnessSettings;

  constructor(settings: FreshnessSettings) {
    this.#settings = settings;
  }

  /** For how long an entry stays readable after it ceased to be fresh. */
  get afterlife(): number {
    return Math.max(this.#settings.staleWhileRevalidate, this.#settings.staleIfError);
  }

  /**
   * For how many milliseconds a value is fresh; 0: it is not to be remembered, Infinity: for ever.
   *
   * @throws OptionError when the method's own `ttl` function gives no duration
   */
  lifetimeOf(value: unknown): number {
    const { ttl, ttlOption, jitter } = this.#settings;
    const lifetime = typeof ttl === "number" ? ttl : milliseconds(ttlOption, ttl(value));
    return jitter === 0 ? lifetime : lifetime * (1 - jitter * Math.random());
  }

  /** When its entry ceases to exist, given until when it is fresh; undefined: never. */
  expiryOf(freshUntil: number): number | undefined {
    const expiresAt = freshUntil + this.afterlife;
    return expiresAt === Infinity ? undefined : expiresAt;
  }

  /** Until when it can be answered with and nothing else be done. */
  quickUntil({ storedAt, freshUntil }: Times): number {
    const { refreshAhead } = this.#settings;
    if (refreshAhead === 0 || freshUntil === Infinity) return freshUntil;
    const ahead = refreshAhead < 1 ? (freshUntil - storedAt) * refreshAhead : refreshAhead;
    return freshUntil - ahead;
  }

  /** The instant at which a state ends belongs to the next one. */
  ageOf(times: Times, now: number): Age {
    const { staleWhileRevalidate, staleIfError } = this.#settings;
    if (now < this.quickUntil(times)) return "fresh";
    if (now < times.freshUntil) return "due";
    if (now < times.freshUntil + staleWhileRevalidate) return "stale";
    return now < times.freshUntil + staleIfError ? "fallback" : "gone";
  }
}
