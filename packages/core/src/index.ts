export { identity } from "@class-cache/mapping";
export type { BufferOptions, CacheOptions } from "./cache/cache-options.ts";
export { Cache } from "./cache/cache.ts";
export { CacheWithDefault } from "./cache/cache-with-default.ts";
export type { CacheableDecorator, CacheableOptions } from "./keys/cacheable.ts";
export { cacheable } from "./keys/cacheable.ts";
export type { BatchOptions, CachedBatchOptions } from "./batch/batch-options.ts";
export { memoOfBatch } from "./decorators/batch-memo-of.ts";
export type {
  BatchMethodName,
  FitsBatch,
  ItemMethod,
  NotBatch,
  OnlyBatch,
} from "./batch/batch-shape.ts";
export type { CachedBatchDecorator } from "./decorators/cached-batch.ts";
export { cachedBatch } from "./decorators/cached-batch.ts";
export type { CachedDecorator } from "./decorators/cached.ts";
export { cached } from "./decorators/cached.ts";
export type {
  CallMessage,
  ComputedMessage,
  DivergenceMessage,
  ErrorMessage,
  HitMessage,
  MissMessage,
  StoreMessage,
} from "./options/channels.ts";
export { classIdOf } from "./keys/class-id.ts";
export type { ConfigureOptions } from "./options/configure.ts";
export { configure } from "./options/configure.ts";
export type { Duration } from "./options/duration.ts";
export type {
  ExplainedReason,
  ExplainedTimes,
  Explanation,
  HitReason,
  MissReason,
  NearestCall,
  StaleReason,
  Unkept,
} from "./memo/explanation.ts";
export type { Difference } from "./memo/explain-differences.ts";
export type { FailedOperation, FailureContext, ReportFailure } from "./options/failure.ts";
export { identityOf } from "./keys/identity.ts";
export type { InvalidateTagsOptions } from "./decorators/invalidate-tags.ts";
export { invalidateTags } from "./decorators/invalidate-tags.ts";
export type { ClassMemoHandle, MemoHandle } from "./decorators/memo-handle.ts";
export { memoOf } from "./decorators/memo-of.ts";
export type { Memoized, MemoizeOptions } from "./decorators/memoize.ts";
export { memoize } from "./decorators/memoize.ts";
export type { MemoizeBatchOptions, MemoizedBatch } from "./decorators/batch-memoize.ts";
export { memoizeBatch } from "./decorators/batch-memoize.ts";
export type {
  AnyMethod,
  AsksBack,
  AsyncMethodName,
  Fits,
  Loose,
  NotAsync,
  OnlyAsync,
  ValueOf,
} from "./options/only-async.ts";
export type {
  CachedOptions,
  CallContext,
  MemoOptions,
  MemoryOptions,
  SingleFlight,
} from "./options/options.ts";
export type { MethodStats, Stats } from "./options/stats.ts";
export { resetStats, stats } from "./options/stats.ts";
export type { TransientDecorator } from "./keys/transient.ts";
export { transient } from "./keys/transient.ts";
