import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";
import type { CodecContext, ValueCodec } from "@class-cache/mapping";
import type { Entry, Store } from "./store.ts";

interface Statement {
  run(...parameters: unknown[]): unknown;
  get(...parameters: unknown[]): unknown;
}

/** What a store needs of a driver; both have it. */
interface Driver {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;`;

const BUSY_MS = 5000;

export function onNode(path: string, codec: ValueCodec): Store {
  return new BareSqlite(new DatabaseSync(path, { timeout: BUSY_MS }) as unknown as Driver, codec);
}

export function onBetterSqlite(path: string, codec: ValueCodec): Store {
  // It has no types of its own.
  const Database = createRequire(import.meta.url)("better-sqlite3") as new (
    path: string,
    options: { timeout: number },
  ) => Driver;
  return new BareSqlite(new Database(path, { timeout: BUSY_MS }), codec);
}

/** One table and a prepared statement for each operation. No checks, no checksums, no expiry. */
class BareSqlite implements Store {
  readonly #db: Driver;
  readonly #codec: ValueCodec;
  readonly #context: CodecContext = { id: "bare", key: "" };
  readonly #select: Statement;
  readonly #exists: Statement;
  readonly #upsert: Statement;

  constructor(db: Driver, codec: ValueCodec) {
    db.exec(SCHEMA);
    this.#db = db;
    this.#codec = codec;
    this.#select = db.prepare("SELECT value FROM entry WHERE key = ?");
    this.#exists = db.prepare("SELECT 1 FROM entry WHERE key = ?");
    this.#upsert = db.prepare(
      "INSERT INTO entry VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  get(key: string): unknown {
    const row = this.#select.get(key) as { value: Uint8Array } | undefined;
    return row === undefined ? undefined : this.#codec.decode(row.value, this.#context);
  }

  has(key: string): boolean {
    return this.#exists.get(key) !== undefined;
  }

  set(key: string, value: unknown): void {
    this.#upsert.run(key, this.#codec.encode(value, this.#context));
  }

  setAll(entries: readonly Entry[]): void {
    this.#db.exec("BEGIN IMMEDIATE");
    for (const [key, value] of entries) this.set(key, value);
    this.#db.exec("COMMIT");
  }

  getAll(keys: readonly string[]): unknown[] {
    return keys.map((key) => this.get(key));
  }

  compact(): void {
    this.#db.exec("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
  }

  close(): void {
    this.#db.close();
  }
}
