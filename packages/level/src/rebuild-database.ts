import { existsSync, renameSync } from "node:fs";
import { makeFolder, remove } from "@class-cache/mapping/disk";
import { isSoundPlace } from "./catalog.ts";
import { Database } from "./database.ts";
import { liveFiles } from "./engine-files/live-files.ts";
import { rowsOfLog } from "./engine-files/log-file.ts";
import type { StoredRow } from "./engine-files/stored-row.ts";
import { rowsOfTable } from "./engine-files/table-file.ts";
import { read, replaceFile } from "./file-system.ts";
import type { StorePaths } from "./paths.ts";
import { isEntryRow } from "./row-keys.ts";
import { mayBeOlder } from "./seal/mend.ts";
import { breakSeal, mendSealed } from "./seal/sealed-folder.ts";

/** Bytes of rows that are written together. */
const TOGETHER_BYTES: number = 4 * 1024 * 1024;

/** What the note says once the new database is whole, so that it is to replace the old. */
const BUILT = "built";

/**
 * Where a note asks for it, makes a database anew from all rows of its files that are sound. LevelDB has
 * a repair of its own; but it trusts what it reads, and ends the process where rows are out of order.
 *
 * Asks for the owner's lock, and that the database is not open. A death at any moment leaves the rows
 * where they were or where they are to be, and the note, so that the next owner goes on.
 *
 * @throws StoreError when the system refuses
 */
export async function rebuildIfWanted(paths: StorePaths): Promise<void> {
  const { database, rebuilt, damaged, repairWanted } = paths;
  const note = read(repairWanted);
  if (note === undefined) return;
  if (note.toString("latin1") !== BUILT) {
    remove(rebuilt);
    const { lost } = mendSealed(database);
    await rebuild(database, rebuilt, mayBeOlder(lost));
    replaceFile(repairWanted, Buffer.from(BUILT));
  }
  if (existsSync(rebuilt)) {
    breakSeal(database);
    // Where it has been put aside already, what has its name by now is nobody's.
    if (existsSync(damaged)) remove(database);
    else if (existsSync(database)) renameSync(database, damaged);
    renameSync(rebuilt, database);
  }
  remove(damaged);
  remove(repairWanted);
}

/** @param isStale whether a row may be an older one, which a lost one had replaced */
async function rebuild(from: string, to: string, isStale: (key: Buffer) => boolean): Promise<void> {
  makeFolder(to);
  const newest = new Map<string, bigint>();
  for (const { key, sequence } of rowsOf(from)) {
    const text = key.toString("latin1");
    const known = newest.get(text);
    if (known === undefined || known < sequence) newest.set(text, sequence);
  }
  const database = await Database.open(to);
  try {
    let rows: { key: Buffer; value: Buffer }[] = [];
    let bytes = 0;
    for (const { key, sequence, value } of rowsOf(from)) {
      const text = key.toString("latin1");
      if (newest.get(text) !== sequence) continue;
      newest.delete(text);
      if (value === undefined) continue;
      rows.push({ key, value: isStale(key) ? Buffer.alloc(0) : value });
      bytes += key.length + value.length;
      if (bytes < TOGETHER_BYTES) continue;
      await database.writeDurably(rows);
      rows = [];
      bytes = 0;
    }
    await database.writeDurably(rows);
  } finally {
    await database.close();
  }
}

function* rowsOf(database: string): Iterable<StoredRow> {
  const { tables, logs } = liveFiles(database);
  for (const path of tables) yield* rowsOfTable(read(path) ?? Buffer.alloc(0), tellsItself);
  for (const path of logs) yield* rowsOfLog(read(path) ?? Buffer.alloc(0));
}

/** Entries have checksums that every read looks at. */
function tellsItself(row: Buffer, value: Buffer): boolean {
  return isEntryRow(row) || isSoundPlace(row.toString("latin1"), value);
}
