import { join } from "node:path";

/** The files of a store in its folder. */
export const storePaths = (dir: string): StorePaths => ({
  database: join(dir, "db"),
  ownerLock: join(dir, "owner.lock"),
  address: join(dir, "address"),
});

export interface StorePaths {
  /** LevelDB's own folder. */
  readonly database: string;
  /** Locked by the process that owns the database. */
  readonly ownerLock: string;
  /** Where the owner's socket is, and the secret that opens it. */
  readonly address: string;
}
