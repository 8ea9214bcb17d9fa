export type { Awaitable } from "./awaitable.ts";
export type { Backend, BackendOptions, OpenOptions, ReportError } from "./backend.ts";
export { BaseBackend } from "./base-backend.ts";
export { BaseMapping } from "./base-mapping.ts";
export { BOOKKEEPING_PREFIX, isBookkeeping } from "./bookkeeping.ts";
export type { Holdings } from "./budget.ts";
export { Budget } from "./budget.ts";
export { cacheFolder } from "./cache-folder.ts";
export type { Capabilities } from "./capabilities.ts";
export type { Clock } from "./clock.ts";
export { ManualClock, systemClock } from "./clock.ts";
export type { CodecContext, ValueCodec } from "./codec/codec.ts";
export type { CompressedOptions } from "./codec/compressed.ts";
export { compressed } from "./codec/compressed.ts";
export type { EncryptedOptions } from "./codec/encrypted.ts";
export { encrypted } from "./codec/encrypted.ts";
export { json } from "./codec/json.ts";
export type { StructuredOptions } from "./codec/structured.ts";
export { structured } from "./codec/structured.ts";
export type { CopyOptions, CopyProgress, CopyReport } from "./copy.ts";
export { copy } from "./copy.ts";
export { encodedValue } from "./encoded-value.ts";
export type { CacheErrorCode } from "./errors.ts";
export {
  BatchError,
  CacheError,
  ClassIdError,
  ClosedError,
  ComputeTimeoutError,
  CycleError,
  DamagedError,
  DivergenceError,
  FormatVersionError,
  OptionError,
  StoreError,
  StreamChangedError,
  UnkeyableError,
  UnstorableError,
  UnsupportedRuntimeError,
} from "./errors.ts";
export { Eviction } from "./eviction.ts";
export type { EvictionPolicy } from "./eviction-policy.ts";
export { HeldLease } from "./held-lease.ts";
export type {
  Damage,
  InspectionOptions,
  InspectionProgress,
  MappingReport,
  RepairReport,
  VerifyReport,
} from "./inspection/inspection.ts";
export { damageOf, Inspection } from "./inspection/inspection.ts";
export { repair, verify } from "./inspection/verify.ts";
export type { EncodeKeyOptions, Key } from "./key.ts";
export { decodeKey, encodeKey, identity, InstanceKey } from "./key.ts";
export type { Lease, LeaseOptions } from "./lease.ts";
export { LeaseQueue } from "./lease-queue.ts";
export type { LentEntry } from "./lent-value.ts";
export type { BoundedStore } from "./limit-keeper.ts";
export { LimitKeeper } from "./limit-keeper.ts";
export type { Limits, Usage } from "./limits.ts";
export { checkLimits, planEviction } from "./limits.ts";
export { memory, MemoryBackend } from "./memory.ts";
export type {
  Entry,
  MutableMapping,
  PruneLimits,
  PruneReport,
  RecordInfo,
  SetOptions,
} from "./mutable-mapping.ts";
export type { BackendSettings, Lifetime, MappingSettings } from "./settings.ts";
export { publishError } from "./settings.ts";
export type { PlacedRecord, StoredEntry, StoredRecord } from "./stored.ts";
export { isLive } from "./stored.ts";
export { currentTurn, endTurn } from "./turn.ts";
export type { UseCounter } from "./uses.ts";
