import { PAGE_BYTES } from "../database-file.ts";
import type { DatabaseSync } from "../engine.ts";

/** What a page takes in the log, with room for transactions that go on beyond its end, in bytes a page. */
const LOGGED_BYTES = 5200;

/** The log's share of the database: both together then take less than twice what small values take. */
const SHARE = 1 / 4;

/** SQLite's own. At half of it, sets of 10 KiB take 1.4 times as long. */
const LEAST_PAGES = 1000;

/** Whoever has filled the log waits while it is copied. */
const MOST_PAGES = 4000;

const STEP_PAGES = 500;

/**
 * Has the write-ahead log of a connection be copied into the database, and used from its beginning again,
 * at a length that goes by the size of the database. Each time, SQLite waits for the device twice.
 */
export class LogLength {
  readonly #db: DatabaseSync;
  #pages = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.fit(0);
  }

  /** @param databaseBytes the size of the file without its log */
  fit(databaseBytes: number): void {
    const share = Math.floor((databaseBytes / PAGE_BYTES / STEP_PAGES) * SHARE) * STEP_PAGES;
    const pages = Math.min(Math.max(share, LEAST_PAGES), MOST_PAGES);
    if (pages === this.#pages) return;
    this.#db.exec(
      `PRAGMA wal_autocheckpoint = ${pages};
       PRAGMA journal_size_limit = ${pages * LOGGED_BYTES};`,
    );
    this.#pages = pages;
  }
}
