import { FormatVersionError, StoreError } from "@class-cache/mapping";
import type { DatabaseSync } from "./engine.ts";
import { connect } from "./engine.ts";

/** The version of the tables below. */
const SCHEMA_VERSION = 1;

/** "ClaC": tells `file(1)`, and us, whose database this is. */
export const APPLICATION_ID = 0x436c6143;

/** Where a database has it. */
export const APPLICATION_ID_AT = 68;

/**
 * `migrations[n]` leads from version n to n + 1.
 *
 * An entry is kept in a table with row numbers, not `WITHOUT ROWID`: there its value would lie in the
 * tree that every search walks. The value stands last, so that what precedes it is read without it.
 * `key` is null where it equals `place`.
 */
const migrations: readonly string[] = [
  `CREATE TABLE mapping (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id BLOB NOT NULL UNIQUE,
     checksum INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE entry (
     number INTEGER PRIMARY KEY,
     mapping INTEGER NOT NULL,
     place TEXT NOT NULL,
     key TEXT,
     bytes INTEGER NOT NULL,
     stored_at REAL NOT NULL,
     expires_at REAL,
     cost REAL,
     head INTEGER NOT NULL,
     body INTEGER NOT NULL,
     value BLOB NOT NULL,
     UNIQUE (mapping, place)
   ) STRICT;
   CREATE INDEX entry_by_expiry ON entry (expires_at, mapping) WHERE expires_at IS NOT NULL;`,
];

/**
 * Looks whose database this is, without writing to it.
 *
 * @returns whether its tables are there and current
 * @throws FormatVersionError when a newer release wrote it
 * @throws StoreError when it is another program's
 */
export function isCurrent(db: DatabaseSync, path: string): boolean {
  const version = versionOf(pragma(db, "user_version"));
  if (pragma(db, "application_id") !== APPLICATION_ID && version !== SCHEMA_VERSION) {
    if (isEmpty(db)) return false;
    throw new StoreError(
      `${path} is a SQLite database of another program; give another path, or move that file away.`,
    );
  }
  // Tables come with the number of their version, so that 0 is a damaged one.
  if (version === undefined || (version === 0 && !isEmpty(db))) return true;
  if (version > SCHEMA_VERSION) throw new FormatVersionError(path, version, SCHEMA_VERSION);
  return version === SCHEMA_VERSION;
}

/** Makes the tables, or brings them to the current version. Runs inside a transaction. */
export function migrate(db: DatabaseSync, path: string): void {
  if (isCurrent(db, path)) return;
  const version = versionOf(pragma(db, "user_version")) ?? 0;
  for (const migration of migrations.slice(version)) db.exec(migration);
  db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  db.exec(`PRAGMA user_version = ${stampOf(SCHEMA_VERSION)}`);
}

/** What SQLite keeps of the definitions of the current tables and indexes. */
let definitions: readonly string[] | undefined;

/**
 * What is wrong with the definitions in a file. A flipped bit there may leave them readable, as when a letter of a
 * column's name is a small one afterwards.
 */
export function schemaProblem(db: DatabaseSync): string | undefined {
  definitions ??= definitionsOfNew();
  const found = new Set(definitionsIn(db));
  if (found.has(SEALED_DEFINITION)) return undefined;
  return definitions.every((each) => found.has(each))
    ? undefined
    : "The definition of a table or index is not what it was.";
}

/** Of the table that holds the entries while a repair is under way. */
const SEALED_DEFINITION = "table sealed_entry";

function definitionsOfNew(): string[] {
  const db = connect(":memory:");
  try {
    for (const migration of migrations) db.exec(migration);
    return definitionsIn(db);
  } finally {
    db.close();
  }
}

function definitionsIn(db: DatabaseSync): string[] {
  const rows = db.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").all();
  return rows.map(({ type, name, tbl_name: table, sql }) =>
    name === "sealed_entry" ? SEALED_DEFINITION : [type, name, table, sql].join(" "),
  );
}

/** A version is kept twice over, so that a flipped bit does not pass for another version. */
function stampOf(version: number): number {
  return version * 0x10001;
}

/** @returns undefined for a stamp that is damaged */
function versionOf(stamp: number): number | undefined {
  const low = stamp & 0xffff;
  return stamp === stampOf(low) || stamp === low ? low : undefined;
}

function isEmpty(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
}

function pragma(db: DatabaseSync, name: "user_version" | "application_id"): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
