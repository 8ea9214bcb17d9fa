import type { Stats } from "node:fs";
import { existsSync, statSync } from "node:fs";
import type { Synchronous } from "./database-file.ts";
import { layOut, makeRoomy, openDatabase, transact } from "./database-file.ts";
import type { DatabaseSync } from "./engine.ts";
import { LogLength } from "./log-length.ts";
import { MappingRows } from "./mapping-rows.ts";
import { isCurrent, migrate } from "./schema.ts";
import type { Statements } from "./statements.ts";
import { compile } from "./statements.ts";

/** An open database file with its tables. */
export interface Store {
  readonly db: DatabaseSync;
  readonly mappings: MappingRows;
  readonly entries: Statements;
  /** Transactions that came to nothing. What was learnt from inside one is not to be trusted. */
  rollbacks: number;
}

/** Pause between two looks whether the file is still in its place: each costs 2 µs. */
const LOOK_MS = 50;

/** The one connection of a backend to its file, opened when it is first needed. */
export class Connection {
  readonly path: string;
  readonly #synchronous: Synchronous;
  #store: Store | undefined;
  #log: LogLength | undefined;
  /** Tells the file that is open from another in its place. */
  #inode: number | undefined;
  #lookedAt = -Infinity;

  constructor(path: string, synchronous: Synchronous) {
    this.path = path;
    this.#synchronous = synchronous;
  }

  /** The store, to be read. @returns undefined as long as nobody has written to it */
  existing(): Store | undefined {
    this.#leaveRemoved();
    if (this.#store === undefined && existsSync(this.path)) this.#store = this.#open(false);
    return this.#store;
  }

  /** The store, to be written; made where it is missing. */
  made(): Store {
    this.#leaveRemoved();
    this.#store ??= this.#open(true);
    return this.#store;
  }

  /** Compiled statements end with it; the last connection to a file empties the write-ahead log. */
  close(): void {
    const store = this.#store;
    this.#store = undefined;
    store?.db.close();
  }

  /** What is written to a file that has lost its name would be lost. */
  #leaveRemoved(): void {
    if (this.#store === undefined) return;
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const stats = statsOf(this.path);
    if (stats?.ino !== this.#inode) this.close();
    else this.#log?.fit(stats?.size ?? 0);
  }

  #open(make: true): Store;
  #open(make: boolean): Store | undefined;
  #open(make: boolean): Store | undefined {
    const db = openDatabase(this.path, this.#synchronous);
    let store: Store | undefined;
    try {
      makeRoomy(db);
      this.#log = new LogLength(db);
      // In one view of the file: another process may be making the tables.
      const isThere = transact(db, () => isCurrent(db, this.path), "read");
      if (make && !isThere) {
        layOut(db);
        transact(db, () => migrate(db, this.path));
      }
      if (make || isThere)
        store = { db, mappings: new MappingRows(db), entries: compile(db), rollbacks: 0 };
      this.#inode = statsOf(this.path)?.ino;
      return store;
    } finally {
      if (store === undefined) db.close();
    }
  }
}

function statsOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
