import { createRequire } from "node:module";
import { DatabaseSync } from "node:sqlite";
import type { CodecContext, ValueCodec } from "@class-cache/mapping";
import type { BareStore } from "./bare-store.ts";

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

/** It has no types of its own. */
const BetterSqlite = createRequire(import.meta.url)("better-sqlite3") as new (
  path: string,
) => Driver;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE entry (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;`;

/** One table and a prepared statement for each operation. No checks, no checksums, no expiry. */
export class BareSqlite implements BareStore {
  readonly #db: Driver;
  readonly #codec: ValueCodec;
  readonly #context: CodecContext = { id: "bare", key: "" };
  readonly #select: Statement;
  readonly #exists: Statement;
  readonly #upsert: Statement;

  private constructor(db: Driver, codec: ValueCodec) {
    db.exec(SCHEMA);
    this.#db = db;
    this.#codec = codec;
    this.#select = db.prepare("SELECT value FROM entry WHERE key = ?");
    this.#exists = db.prepare("SELECT 1 FROM entry WHERE key = ?");
    this.#upsert = db.prepare(
      "INSERT INTO entry VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
  }

  static onNode(path: string, codec: ValueCodec): BareSqlite {
    return new BareSqlite(new DatabaseSync(path) as unknown as Driver, codec);
  }

  static onBetterSqlite(path: string, codec: ValueCodec): BareSqlite {
    return new BareSqlite(new BetterSqlite(path), codec);
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

  setAll(entries: readonly (readonly [string, unknown])[]): void {
    this.#db.exec("BEGIN IMMEDIATE");
    for (const [key, value] of entries) this.set(key, value);
    this.#db.exec("COMMIT");
  }

  close(): void {
    this.#db.close();
  }
}
