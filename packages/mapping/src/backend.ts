import type { Capabilities } from "./capabilities.ts";
import type { Clock } from "./clock.ts";
import type { ValueCodec } from "./codec/codec.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";
import type { Inspection } from "./inspection/inspection.ts";
import type { Key } from "./key.ts";
import type { Lease, LeaseOptions } from "./lease.ts";
import type { MutableMapping } from "./mutable-mapping.ts";

/** Told of what went wrong where the caller got an answer all the same: damaged bytes, failed upkeep. */
export type ReportError = (error: Error) => void;

/** What every backend factory accepts. */
export interface BackendOptions {
  /** Entries of all mappings together keep within so many bytes of encoded values. Default: no limit. */
  readonly maxBytes?: number | undefined;
  /** All mappings together keep within so many entries. Default: no limit. */
  readonly maxEntries?: number | undefined;
  /**
   * What goes first when a limit is reached, after what has expired, and by hand with `prune()`.
   * Default: `"cost"`, which keeps what is dearest to compute again.
   */
  readonly eviction?: EvictionPolicy | undefined;
  /** How values become bytes. Default: `structured()`. */
  readonly codec?: ValueCodec | undefined;
  /** Decides what has expired. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

export interface OpenOptions {
  /** How this mapping's values become bytes. Default: the backend's codec. */
  readonly codec?: ValueCodec | undefined;
  /** Decides what has expired. Default: the backend's clock. */
  readonly clock?: Clock | undefined;
  /**
   * Told of damage that was answered with a miss, and of upkeep that failed. Default: the error is
   * published on the diagnostics channel `class-cache:error`.
   */
  readonly onError?: ReportError | undefined;
}

/** A place that holds mappings. */
export interface Backend extends AsyncDisposable {
  readonly supports: Capabilities;
  /** Whether it has limits to keep by the uses of entries: then mappings want `touch()`. Default: no. */
  readonly bounded?: boolean;
  /** The codec of mappings that are opened without one. Default: `structured()`. */
  readonly codec?: ValueCodec | undefined;
  /** What decides about expiry in mappings that are opened without a clock. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** A handle of the mapping with this id, any string. Work begins at the first operation. */
  open<K extends Key, V>(id: string, options?: OpenOptions): MutableMapping<K, V>;
  /** The ids of the mappings that exist. */
  ids(): AsyncIterable<string>;
  /** Deletes a mapping whole. @returns true when there was one */
  drop(id: string): Promise<boolean>;
  /** Waits until nobody else holds this name, then holds it. */
  lease(name: string, options?: LeaseOptions): Promise<Lease>;
  /**
   * Tells an inspection of all that is stored, and mends it where the inspection does. Default: what
   * reading every entry shows. Called by `verify()` and `repair()`.
   */
  inspect?(inspection: Inspection): Promise<void>;
  /** Ends the backend and every mapping opened from it. */
  close(): Promise<void>;
}
