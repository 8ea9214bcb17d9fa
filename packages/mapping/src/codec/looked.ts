import type { ConvertedStandIn, StandIn } from "./stand-in.ts";

/** A value in which nothing is left that writing would lose. */
export interface Looked {
  readonly value: unknown;
  /** What is to be written: the value itself, or a copy with stand-ins. */
  readonly root: unknown;
  readonly isCopy: boolean;
  /** By the empty typed arrays that stand for them in the graph. */
  readonly standIns: ReadonlyMap<object, StandIn>;
  /** Those with data, each after the ones that its data holds. */
  readonly converted: readonly ConvertedStandIn[];
  readonly views: readonly ArrayBufferView[];
  readonly buffers: readonly ArrayBuffer[];
}
