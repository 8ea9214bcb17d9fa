import { Inspection } from "@class-cache/mapping";
import type { Synchronous } from "./database-file.ts";
import { layOut, makeFile, openDatabase, removeFilesOf } from "./database-file.ts";
import type { DatabaseSync } from "./engine.ts";
import { overwrite } from "./engine.ts";
import type { MappingRow } from "./inspect-rows.ts";
import { RowInspection, SEALED_TABLE } from "./inspect-rows.ts";
import { freedRowsOnPages, mappingsOnPages, rowsOnPages } from "./pages/rows-on-pages.ts";
import { takeDatabaseFromOthers } from "./modes.ts";
import { insist } from "./patience.ts";
import type { Row } from "./row.ts";
import { ENTRY_COLUMNS, isSoundRow } from "./row.ts";
import { migrate } from "./schema.ts";

/** Numbers left out where it is lost which were given last, so that none is given twice. */
const MARGIN = 1_000_000;

/**
 * Has what a damaged table held lie under another name, so that others, who cannot be told, find no
 * table to write to until there is a new one: nothing is acknowledged that would be lost with the old.
 */
const SEAL = `
  UPDATE sqlite_schema SET name = '${SEALED_TABLE}', tbl_name = '${SEALED_TABLE}',
    sql = replace(sql, 'CREATE TABLE entry', 'CREATE TABLE ${SEALED_TABLE}')
    WHERE type = 'table' AND name = 'entry';
  UPDATE sqlite_schema SET name = 'sqlite_autoindex_${SEALED_TABLE}_1', tbl_name = '${SEALED_TABLE}'
    WHERE name = 'sqlite_autoindex_entry_1';
  UPDATE sqlite_schema SET tbl_name = '${SEALED_TABLE}',
    sql = replace(sql, 'ON entry', 'ON ${SEALED_TABLE}')
    WHERE name = 'entry_by_expiry';`;

/**
 * Makes a damaged file anew from all rows that are sound. These are copied to a file beside it, the
 * old table is sealed, and then the new file's pages take the place of the old in one transaction.
 * Others may have the file open all the while: they wait, are refused for a moment, and go on with the
 * new. A death in the middle leaves the rows where they were, for the next repair.
 *
 * Each step has a connection of its own: one that has met damage refuses to write. Asks that no other
 * process is doing the same.
 *
 * @param busyTimeout milliseconds to wait while others keep the file locked
 * @param told of what is damaged and what is not. Default: nobody, since it is known
 */
export async function rebuildDatabase(
  path: string,
  busyTimeout: number,
  inspection: Inspection,
  told?: Inspection,
): Promise<void> {
  const busy = { path, busyTimeout };
  const beside = `${path}-repair`;
  takeDatabaseFromOthers(path);
  removeFilesOf(beside);
  try {
    await withDatabase(beside, "off", async (sound) => {
      layOut(sound);
      migrate(sound, beside);
      await withDatabase(path, "full", async (db) => {
        await insist(busy, () => db.exec("BEGIN IMMEDIATE"));
        await copySound(path, sound, inspection, told);
        seal(db);
        db.exec("COMMIT");
      });
      await overwrite(path, sound);
    });
  } finally {
    removeFilesOf(beside);
    removeFilesOf(pagesOf(path));
  }
}

/** Where the pages of a damaged file are copied to be looked at. */
const pagesOf = (path: string): string => `${path}-repair-pages`;

async function withDatabase(
  path: string,
  synchronous: Synchronous,
  work: (db: DatabaseSync) => Promise<void>,
): Promise<void> {
  const db = openDatabase(path, synchronous);
  try {
    await work(db);
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
    db.close();
  }
}

async function copySound(
  path: string,
  sound: DatabaseSync,
  inspection: Inspection,
  told: Inspection | undefined,
): Promise<void> {
  const { ids, signal } = inspection;
  await withDatabase(path, "full", async (damaged) => {
    const copy = pagesOf(path);
    removeFilesOf(copy);
    makeFile(copy);
    await overwrite(copy, damaged);
    const freed = new Set<string>();
    const pause = (): Promise<void> => inspection.advance(0);
    for await (const row of freedRowsOnPages(copy, pause)) freed.add(nameOf(row));
    const insert = insertInto(sound);
    sound.exec("BEGIN");
    const rowsTold = told ?? new Inspection(false, { ids, signal });
    const rows = new RowInspection(damaged, path, rowsTold, (row) => {
      if (!freed.has(nameOf(row))) insert(row);
    });
    await rows.run();
    await addOutOfReach(copy, sound, rows, inspection);
    for (const damage of rows.left()) inspection.leave(damage);
    const mappings = rows.mappings();
    writeMappings(sound, mappings, lastMapping(damaged, mappings));
    sound.exec("COMMIT");
  });
}

/** Tells a row from others, those included that had its number before. */
function nameOf([number, , , , , , , , head, body]: Row): string {
  return [number, head, body].join(" ");
}

/** Adds the rows to which a damaged tree does not lead any more. @param copy of the damaged file */
async function addOutOfReach(
  copy: string,
  sound: DatabaseSync,
  rows: RowInspection,
  inspection: Inspection,
): Promise<void> {
  const pause = (): Promise<void> => inspection.advance(0);
  const find = sound.prepare("SELECT 1 FROM entry WHERE mapping = ? AND place = ?");
  for await (const row of mappingsOnPages(copy, pause)) rows.addMapping(row);
  for await (const row of rowsOnPages(copy, pause)) {
    const [, mapping, place, , bytes] = row;
    if (find.get(Number(mapping), String(place)) !== undefined) continue;
    if ((!rows.isBroken && !isSoundRow(row)) || !rows.add(row)) continue;
    const id = rows.idOf(mapping);
    if (id !== undefined && inspection.covers(id)) inspection.intact(id, Number(bytes));
  }
}

function seal(db: DatabaseSync): void {
  // Node.js 22 does not have it, and allows this anyhow.
  db.enableDefensive?.(false);
  const version = Number(db.prepare("PRAGMA schema_version").get()?.schema_version);
  db.exec(`PRAGMA writable_schema = ON; ${SEAL} PRAGMA schema_version = ${version + 1};`);
}

/**
 * Where a damaged index let a key be written twice, the row that was added last counts. Rows get new
 * numbers: a damaged one may have come to be that of another.
 */
function insertInto(db: DatabaseSync): (row: Row) => void {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO entry (${ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return ([, ...columns]) => void insert.run(...(columns as never[]));
}

function writeMappings(db: DatabaseSync, rows: readonly MappingRow[], lastNumber: number): void {
  const insert = db.prepare("INSERT INTO mapping (number, id, checksum) VALUES (?, ?, ?)");
  for (const { number, id, checksum } of rows) insert.run(number, id, checksum);
  db.exec("DELETE FROM sqlite_sequence WHERE name = 'mapping'");
  db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('mapping', ?)").run(lastNumber);
}

/** The number that a mapping was given last. */
function lastMapping(db: DatabaseSync, mappings: readonly MappingRow[]): number {
  const known = Math.max(0, ...mappings.map(({ number }) => number));
  try {
    const row = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'mapping'").get();
    if (typeof row?.seq === "number" && row.seq >= known) return row.seq;
  } catch {
    return known + MARGIN;
  }
  return known + MARGIN;
}
