export { identity } from "@class-cache/mapping";
export type { BufferOptions, CacheOptions } from "./cache-options.ts";
export { Cache } from "./cache.ts";
export { CacheWithDefault } from "./cache-with-default.ts";
export type { CacheableDecorator, CacheableOptions } from "./cacheable.ts";
export { cacheable } from "./cacheable.ts";
export type { BatchOptions, CachedBatchOptions } from "./batch-options.ts";
export { memoOfBatch } from "./batch-memo-of.ts";
export type { BatchMethodName, FitsBatch, ItemMethod, NotBatch, OnlyBatch } from "./batch-shape.ts";
export type { CachedBatchDecorator } from "./cached-batch.ts";
export { cachedBatch } from "./cached-batch.ts";
export type { CachedDecorator } from "./cached.ts";
export { cached } from "./cached.ts";
export type {
  CallMessage,
  ComputedMessage,
  DivergenceMessage,
  ErrorMessage,
  HitMessage,
  MissMessage,
  StoreMessage,
} from "./channels.ts";
export { classIdOf } from "./class-id.ts";
export type { ConfigureOptions } from "./configure.ts";
export { configure } from "./configure.ts";
export type { Duration } from "./duration.ts";
export type {
  ExplainedReason,
  ExplainedTimes,
  Explanation,
  HitReason,
  MissReason,
  NearestCall,
  StaleReason,
  Unkept,
} from "./explanation.ts";
export type { Difference } from "./explain-differences.ts";
export type { FailedOperation, FailureContext, ReportFailure } from "./failure.ts";
export { identityOf } from "./identity.ts";
export type { InvalidateTagsOptions } from "./invalidate-tags.ts";
export { invalidateTags } from "./invalidate-tags.ts";
export type { ClassMemoHandle, MemoHandle } from "./memo-handle.ts";
export { memoOf } from "./memo-of.ts";
export type { Memoized, MemoizeOptions } from "./memoize.ts";
export { memoize } from "./memoize.ts";
export type { MemoizeBatchOptions, MemoizedBatch } from "./batch-memoize.ts";
export { memoizeBatch } from "./batch-memoize.ts";
export type {
  AnyMethod,
  AsksBack,
  AsyncMethodName,
  Fits,
  Loose,
  NotAsync,
  OnlyAsync,
  ValueOf,
} from "./only-async.ts";
export type {
  CachedOptions,
  CallContext,
  MemoOptions,
  MemoryOptions,
  SingleFlight,
} from "./options.ts";
export type { MethodStats, Stats } from "./stats.ts";
export { resetStats, stats } from "./stats.ts";
export type { TransientDecorator } from "./transient.ts";
export { transient } from "./transient.ts";
