import { join } from "node:path";

/** The files of a store in its folder. */
export const storePaths = (dir: string): StorePaths => ({
  database: join(dir, "db"),
  ownerLock: join(dir, "owner.lock"),
  address: join(dir, "address"),
  rebuilt: join(dir, "db-rebuilt"),
  damaged: join(dir, "db-damaged"),
  repairWanted: join(dir, "repair-wanted"),
});

export interface StorePaths {
  /** LevelDB's own folder. */
  readonly database: string;
  /** Locked by the process that owns the database. */
  readonly ownerLock: string;
  /** Where the owner's socket is, and the secret that opens it. */
  readonly address: string;
  /** What is to take the place of a damaged database, and where that is put meanwhile. */
  readonly rebuilt: string;
  readonly damaged: string;
  /** There while the database is to be made anew before it is opened. */
  readonly repairWanted: string;
}
