import { closeSync, existsSync, openSync, renameSync } from "node:fs";
import type { ReportError } from "@class-cache/mapping";
import { ioCode, ioError, makeFolder, remove } from "@class-cache/mapping/disk";
import { forgetLengths } from "./after-death/known-lengths.ts";
import { forgetRows, knownRows } from "./after-death/known-rows.ts";
import type { Loss } from "./after-death/look.ts";
import { lookAfterDeath } from "./after-death/look.ts";
import { isSoundPlace } from "./catalog.ts";
import { Database } from "./database.ts";
import type { LiveFiles } from "./engine-files/live-files.ts";
import { allFiles, liveFiles } from "./engine-files/live-files.ts";
import { rowsOfLog } from "./engine-files/log-file.ts";
import type { StoredRow } from "./engine-files/stored-row.ts";
import { rowsOfTable } from "./engine-files/table-file.ts";
import { read, replaceFile } from "./file-system.ts";
import { settledFolder } from "./own-folder.ts";
import type { StorePaths } from "./paths.ts";
import { isEntryRow } from "./row-keys.ts";
import { mayBeOlder } from "./seal/mend.ts";
import type { Known } from "./seal/sealed-folder.ts";
import { breakSeal, isClosed, mendSealed } from "./seal/sealed-folder.ts";

const ignore = (): void => {};

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
 * @param report told of what is damaged
 * @throws StoreError when the system refuses
 */
export async function rebuildIfWanted(paths: StorePaths, report: ReportError): Promise<void> {
  const { database, rebuilt, damaged, repairWanted } = paths;
  const note = read(repairWanted);
  if (note === undefined) return;
  // Nothing is put aside before the new database is whole, whatever the note says.
  const isAside = existsSync(damaged) && existsSync(rebuilt) && !existsSync(database);
  if (note.toString("latin1") !== BUILT && !isAside) {
    remove(rebuilt);
    const isSound = isClosed(database);
    const known = mendSealed(database, report);
    await rebuild(database, rebuilt, known, isSound ? undefined : lookAfterDeath(database, report));
    replaceFile(repairWanted, Buffer.from(BUILT));
  }
  if (existsSync(rebuilt)) {
    breakSeal(database);
    for (const each of [database, rebuilt]) {
      forgetLengths(each);
      forgetRows(each);
    }
    // Where it has been put aside already, what has its name by now is nobody's.
    if (existsSync(damaged)) remove(database);
    else if (existsSync(database)) renameSync(database, damaged);
    renameSync(rebuilt, database);
  }
  remove(damaged);
  remove(repairWanted);
}

/**
 * Asks the next owner, or this one, to make the database anew. That it was asked for already is left as it is: its
 * owner may have noted how far that has come.
 *
 * @throws StoreError when the system refuses
 */
export function wantRepair({ repairWanted }: StorePaths): void {
  try {
    closeSync(openSync(repairWanted, "wx", 0o600));
  } catch (error) {
    if (ioCode(error) !== "EEXIST") throw ioError("write", repairWanted, error);
  }
}

/**
 * Has a database made anew that was left by a process which was killed, if anything of it is lost.
 *
 * Asks for the same as `rebuildIfWanted`, and does as much.
 */
export async function rebuildAfterDeath(paths: StorePaths, report: ReportError): Promise<void> {
  const { database } = paths;
  if (isClosed(database) || lookAfterDeath(database, report) === undefined) return;
  wantRepair(paths);
  await rebuildIfWanted(paths, ignore);
}

/**
 * @param known what its seal told of it
 * @param loss what is lost besides
 */
async function rebuild(
  from: string,
  to: string,
  known: Known,
  loss: Loss | undefined,
): Promise<void> {
  makeFolder(to);
  const files = loss?.isListLost === true ? allFiles(from, loss.leftOver) : liveFiles(from);
  const isOlder = mayBeOlder(known.lost);
  const newest = new Map<string, bigint>();
  /** Rows that are no entries, with a value or deleted. */
  const found = new Set<string>();
  for (const { key, sequence } of rowsOf(files)) {
    const text = key.toString("latin1");
    const known = newest.get(text);
    if (known === undefined || known < sequence) newest.set(text, sequence);
  }
  const database = await Database.open(settledFolder(to), ignore);
  try {
    let rows: { key: Buffer; value: Buffer }[] = [];
    let bytes = 0;
    for (const { key, sequence, value, isLogged } of rowsOf(files)) {
      const text = key.toString("latin1");
      if (newest.get(text) !== sequence) continue;
      newest.delete(text);
      const isStale = isOlder(key) || loss?.isStale(key, isLogged) === true;
      if (!isEntryRow(key)) {
        // An older one would be believed.
        if (isStale) continue;
        found.add(text);
      }
      if (value === undefined) continue;
      rows.push({ key, value: isStale ? Buffer.alloc(0) : value });
      bytes += key.length + value.length;
      if (bytes < TOGETHER_BYTES) continue;
      await database.writeDurably(rows);
      rows = [];
      bytes = 0;
    }
    const noted = loss === undefined ? [] : knownRows(from).filter(({ key }) => !found.has(key));
    for (const { key, value } of [...known.rows, ...noted]) {
      rows.push({ key: Buffer.from(key), value: Buffer.from(value) });
    }
    await database.writeDurably(rows);
  } finally {
    await database.close();
  }
}

function* rowsOf({ tables, logs }: LiveFiles): Iterable<StoredRow & { isLogged: boolean }> {
  for (const { path, size } of tables) {
    for (const row of rowsOfTable(read(path) ?? Buffer.alloc(0), tellsItself, size)) {
      yield { ...row, isLogged: false };
    }
  }
  for (const path of logs) {
    for (const row of rowsOfLog(read(path) ?? Buffer.alloc(0))) yield { ...row, isLogged: true };
  }
}

/** Entries have checksums that every read looks at. */
function tellsItself(row: Buffer, value: Buffer): boolean {
  return isEntryRow(row) || isSoundPlace(row.toString("latin1"), value);
}
