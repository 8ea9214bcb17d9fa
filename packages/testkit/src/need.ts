/** What a case asks of a backend beyond the contract's core. */
export type Need =
  /** The factory passes options on. */
  | "options"
  /** A second backend for the same folder has the same entries. */
  | "reopens"
  /** Two backends may have one store open at once. */
  | "sharedAccess"
  /** Child processes may use the store. */
  | "processes"
  | "richValues"
  /** Bytes of the store may be changed. */
  | "damage"
  /** Reading a damaged store is never an error. */
  | "damageMisses"
  /** No file has entries of two mappings. */
  | "ownFiles"
  | "snapshots"
  | "atomicBulk"
  /** The version of a store's format can be set. */
  | "setVersion";
