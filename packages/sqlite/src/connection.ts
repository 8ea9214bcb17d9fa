import type { Stats } from "node:fs";
import { statSync } from "node:fs";
import { DamagedError } from "@class-cache/mapping";
import type { Synchronous } from "./database-file.ts";
import { isThere, layOut, makeFile, makeRoomy, openDatabase, transact } from "./database-file.ts";
import type { DatabaseSync } from "./engine.ts";
import { forgetBoot, noteBoot } from "./log/boot-note.ts";
import { hasDamagedLog, LOG_DAMAGED } from "./log/left-log.ts";
import { LogLength } from "./log/log-length.ts";
import { MappingRows } from "./mapping-rows.ts";
import { Neighbours } from "./neighbours.ts";
import { CUT_WITHIN_PAGE, isCutWithinPage } from "./mend-first-page.ts";
import { takeDatabaseFromOthers } from "./modes.ts";
import { makeStore } from "./new-store.ts";
import { isCurrent, migrate } from "./schema.ts";
import { busyError } from "./sqlite-error.ts";
import type { Statements } from "./statements.ts";
import { compile } from "./statements.ts";
import { problemAtFirstSight } from "./structure.ts";

/** An open database file with its tables. */
export interface Store {
  readonly db: DatabaseSync;
  readonly mappings: MappingRows;
  readonly entries: Statements;
  readonly neighbours: Neighbours;
  /** SQLite's number of the layout when the file was opened: another one after it was made anew. */
  readonly layout: number;
  /**
   * Grows with each transaction that came to nothing, and is another for each opening: what was learnt at
   * another of its values is not to be trusted.
   */
  rollbacks: number;
}

/** Rollbacks for which one opening has numbers. */
const MOST_ROLLBACKS: number = 2 ** 32;
let openings = 0;

/** Those of this process that have their file open. */
const opened = new Set<Connection>();

/** Closes what this process has of a file open. It is opened anew when it is next needed. */
export function closeAll(path: string): void {
  for (const connection of opened) if (connection.path === path) connection.close();
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
  /** Whether the file was looked through for damage: not again each time that it is opened. */
  #isKnown = false;
  /** Whether the open file has been taken from others. */
  #isOwn = false;

  constructor(path: string, synchronous: Synchronous) {
    this.path = path;
    this.#synchronous = synchronous;
  }

  /** The store, to be read. @returns undefined as long as nobody has written to it */
  existing(): Store | undefined {
    this.#leaveRemoved();
    if (this.#store === undefined && isThere(this.path)) this.#store = this.#open(false);
    return this.#store;
  }

  /** The store, to be written; made where it is missing. */
  made(): Store {
    this.#leaveRemoved();
    if (!this.#isOwn) takeDatabaseFromOthers(this.path);
    this.#store ??= this.#open(true);
    this.#isOwn = true;
    return this.#store;
  }

  /** The layout of the store that is open. */
  get layout(): number | undefined {
    return this.#store?.layout;
  }

  /** Has damage that was found at first sight be met where it is, since there is no mending it. */
  bear(): void {
    this.#isKnown = true;
  }

  /** Compiled statements end with it; the last connection to a file empties the write-ahead log. */
  close(): void {
    const store = this.#store;
    this.#store = undefined;
    this.#isOwn = false;
    opened.delete(this);
    if (store === undefined) return;
    store.db.close();
    forgetBoot(this.path);
  }

  /** What is written to a file that has lost its name would be lost. */
  #leaveRemoved(): void {
    if (this.#store === undefined) return;
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    const stats = statsOf(this.path);
    if (stats?.ino === this.#inode) {
      this.#log?.fit(stats?.size ?? 0);
    } else {
      this.#isKnown = false;
      this.close();
    }
  }

  #open(make: true): Store;
  #open(make: boolean): Store | undefined;
  #open(make: boolean): Store | undefined {
    if (isCutWithinPage(this.path)) throw this.#damaged(CUT_WITHIN_PAGE);
    if (hasDamagedLog(this.path)) throw this.#damaged(LOG_DAMAGED);
    if (make && !isThere(this.path)) makeStore(this.path);
    makeFile(this.path);
    const inode = statsOf(this.path)?.ino;
    const db = openDatabase(this.path, this.#synchronous);
    let store: Store | undefined;
    try {
      makeRoomy(db);
      this.#log = new LogLength(db);
      // In one view of the file: another process may be making the tables.
      const isMade = transact(db, () => isCurrent(db, this.path), "read");
      if (!isMade && isEmptied(this.path)) throw this.#damaged("Nothing is left of it.");
      if (make && !isMade) {
        layOut(db);
        transact(db, () => migrate(db, this.path));
      }
      if (isMade && !this.#isKnown) this.#lookThrough(db);
      // Another file may have taken its place since. As long as a file is open no other gets its number.
      if (inode === undefined || statsOf(this.path)?.ino !== inode) throw busyError(this.path);
      this.#inode = inode;
      if (make || isMade) store = this.#storeOn(db);
      if (store !== undefined) {
        opened.add(this);
        noteBoot(this.path);
      }
      return store;
    } finally {
      if (store === undefined) db.close();
    }
  }

  #storeOn(db: DatabaseSync): Store {
    openings += 1;
    return {
      db,
      mappings: new MappingRows(db),
      entries: compile(db),
      neighbours: new Neighbours(db),
      layout: layoutOf(db),
      rollbacks: openings * MOST_ROLLBACKS,
    };
  }

  /** @throws DamagedError */
  #lookThrough(db: DatabaseSync): void {
    const problem = problemAtFirstSight(db);
    if (problem !== undefined) throw this.#damaged(problem);
    this.#isKnown = true;
  }

  #damaged(problem: string): DamagedError {
    return new DamagedError(`The SQLite store ${this.path}`, { cause: new Error(problem) });
  }
}

/** SQLite's number of the layout of a file, which each change of a table or index makes another. */
export function layoutOf(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA schema_version").get()?.schema_version);
}

/** SQLite takes a file of one byte, whichever, for an empty one. */
function isEmptied(path: string): boolean {
  return (statsOf(path)?.size ?? 0) <= 1;
}

function statsOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
