/** What a backend can do, as data. */
export interface Capabilities {
  /** Entries outlive the process. */
  readonly permanence: boolean;
  /** Any number of processes may use one store at once and see each other's writes. */
  readonly sharedAccess: boolean;
  /** Keys and values are snapshots of bytes, never references to the caller's objects. */
  readonly snapshots: boolean;
  /** `setMany` and `deleteMany` take effect for all entries or for none. */
  readonly atomicBulk: boolean;
  /** `records()` does not read values. */
  readonly cheapRecords: boolean;
  /** A write acknowledged under `durability: "sync"` survives a loss of power. */
  readonly durableWrites: boolean;
}
