import type { HitMessage } from "../options/channels.ts";
import type { Difference } from "./explain-differences.ts";

/** Why a call would be answered as it would be. */
export type ExplainedReason = HitReason | StaleReason | MissReason;

/**
 * `"fresh"`; `"due"`, fresh, but computed anew in the background; `"error"`, an error is remembered, and
 * the call rejects with it; `"computing"`, the call would wait for a computation that is under way.
 */
export type HitReason = "fresh" | "due" | "error" | "computing";

/**
 * `"stale"`, past its time, and computed anew in the background; `"failing"`, past its time, and computing
 * it anew has just failed.
 */
export type StaleReason = "stale" | "failing";

/**
 * `"forced"`, by `forceFresh`; `"expired"`, its time ran out; `"tags"`, one of its tags was invalidated;
 * `"invalidated"`, by hand; `"cleared"`, with all results of the method; `"gone"`, stored by this process,
 * and since then removed to keep within limits, or by another process; `"damaged"`, its bytes cannot be
 * read.
 *
 * About the last computation, if that was in this process: `"ttl"`, the `ttl` was 0; `"shouldCache"` said
 * no; `"rejected"`, it failed; `"changed"`, the instance or an argument was changed before it began;
 * `"unstored"`, the backend failed.
 *
 * About the nearest stored call: `"version"`, another version; `"identity"`, another state of the
 * instance; `"arguments"`, other arguments. `"nothing"`: no call of the method is stored.
 */
export type MissReason =
  | "forced"
  | "expired"
  | "tags"
  | "invalidated"
  | "cleared"
  | "gone"
  | "damaged"
  | Unkept
  | "version"
  | "identity"
  | "arguments"
  | "nothing";

/** Why what was computed is not remembered. */
export type Unkept = "ttl" | "shouldCache" | "rejected" | "changed" | "unstored";

/** What is known of a stored result beside its value. Undefined: unknown, or there is none. */
export interface ExplainedTimes {
  /** Milliseconds since it was stored. */
  readonly age: number | undefined;
  /** Until when it is fresh, in milliseconds since the epoch; Infinity: for ever. */
  readonly freshUntil: number | undefined;
  /** When it ceases to exist, in milliseconds since the epoch; Infinity: never. */
  readonly expiresAt: number | undefined;
  /** Milliseconds that it took to compute. */
  readonly cost: number | undefined;
}

/** The stored call of a method that differs least from one that is not stored. */
export interface NearestCall {
  /** The canonical text of its key. */
  readonly key: string;
  /** Milliseconds since it was stored. */
  readonly age: number;
  /** In what the two calls differ. */
  readonly differences: readonly Difference[];
}

/** What a call would come to now, and why. As a string it is a sentence. */
export interface Explanation extends ExplainedTimes {
  /**
   * `"hit"`: it would be answered with a remembered result, or one that is being computed; `"stale"`: with
   * one past its time; `"miss"`: it would be computed.
   */
  readonly outcome: "hit" | "stale" | "miss";
  readonly reason: ExplainedReason;
  /** Where the answer would come from; undefined for a miss. */
  readonly source: HitMessage["source"] | undefined;
  /** The class and the method, as in `Embedder.embed`; the id of a function. */
  readonly method: string;
  /** The canonical text of the call's key. */
  readonly key: string;
  /** The tags that were invalidated, where that is the reason. */
  readonly tags: readonly string[];
  /** Where other calls are the explanation of a miss, and there are any. */
  readonly nearest: NearestCall | undefined;
  /** In what the call differs from the nearest one. */
  readonly differences: readonly Difference[];
  /** How many stored calls were compared. */
  readonly compared: number;
  /** There are more stored calls than were compared. */
  readonly hasMore: boolean;
  /** The same for people. */
  readonly text: string;
  toString(): string;
}
