import type { Damage } from "@class-cache/mapping";
import { DamagedError, damageOf, Inspection } from "@class-cache/mapping";
import { isThere, openDatabase } from "./database-file.ts";
import type { DatabaseSync } from "./engine.ts";
import { RowInspection } from "./inspect-rows.ts";
import { hasDamagedLog, logDamage, mendLog } from "./log/left-log.ts";
import { CUT_WITHIN_PAGE, isCutWithinPage, mendFirstPage, mendHead } from "./mend-first-page.ts";
import { insist } from "./patience.ts";
import { rebuildDatabase } from "./rebuild-database.ts";
import { isCurrent, schemaProblem } from "./schema.ts";
import { storeError } from "./sqlite-error.ts";
import { bytesIn, problemsIn } from "./structure.ts";

/** Problems of a file's structure that are told of, at most. */
const MOST_PROBLEMS = 100;

/**
 * Inspects a database file, over a connection of its own: first the structure of the file, as SQLite
 * checks it, then every row by its checksums. Mending deletes damaged rows; where more than rows is
 * damaged, it makes the tables anew from all rows that are sound.
 *
 * @param busyTimeout milliseconds to wait while others keep the file locked
 * @param release closes what the process has of the file open
 * @throws StoreError when it cannot be looked at for reasons other than damage
 */
export async function inspectDatabase(
  path: string,
  busyTimeout: number,
  inspection: Inspection,
  release: () => void,
): Promise<void> {
  try {
    await inspectFile(path, busyTimeout, inspection, release);
  } catch (error) {
    inspection.throwIfStopped();
    throw storeError("inspect", path, error);
  }
}

async function inspectFile(
  path: string,
  busyTimeout: number,
  inspection: Inspection,
  release: () => void,
): Promise<void> {
  if (!isThere(path)) return;
  if (await insist({ path, busyTimeout }, () => hasDamagedLog(path))) {
    const damage = logDamage(path);
    inspection.damaged(damage);
    // To open it would bring back what the log replaced.
    if (!inspection.mends) return inspection.leave(damage);
    release();
    mendLog(path);
  }
  if (isCutWithinPage(path)) {
    const code = "ERR_DAMAGED";
    const damage: Damage = { id: undefined, where: path, problem: CUT_WITHIN_PAGE, code };
    inspection.damaged(damage);
    // To open it would lose what a log has for the pages behind.
    if (!inspection.mends) return inspection.leave(damage);
    release();
    mendHead(path);
  }
  try {
    const db = openDatabase(path, "full");
    try {
      await inspect(db, path, busyTimeout, inspection);
    } finally {
      db.close();
    }
  } catch (error) {
    inspection.throwIfStopped();
    const damage = damageOf(storeError("inspect", path, error), undefined, path);
    if (damage.code === "ERR_STORE") throw error;
    inspection.damaged(damage);
    if (inspection.mends && damage.code === "ERR_DAMAGED") {
      release();
      if (mendFirstPage(path)) return inspectFile(path, busyTimeout, inspection, release);
    }
    inspection.leave(damage);
  }
}

async function inspect(
  db: DatabaseSync,
  path: string,
  busyTimeout: number,
  inspection: Inspection,
): Promise<void> {
  const busy = { path, busyTimeout };
  if (!(await insist(busy, () => isCurrent(db, path)))) return;
  const problem = await insist(busy, () => schemaProblem(db));
  if (problem !== undefined) {
    // Else the log would put back the page that is mended now.
    if (inspection.mends) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    throw new DamagedError(`The schema of the SQLite store ${path}`, { cause: new Error(problem) });
  }
  await insist(busy, () => db.exec("BEGIN"));
  let rows: RowInspection;
  let isSound: boolean;
  try {
    const bytes = bytesIn(db);
    inspection.expect(bytes);
    isSound = await insist(busy, () => isStructureSound(db, path, inspection));
    await inspection.advance(bytes);
    rows = new RowInspection(db, path, inspection);
    await rows.run();
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
  }
  if (!inspection.mends) return;
  if (!isSound || rows.isBroken || rows.hasUseless) {
    await rebuildDatabase(path, busyTimeout, inspection);
  } else {
    for (const damage of rows.left()) inspection.leave(damage);
    const suspects = [...rows.damaged, ...rows.headless.map(([number]) => Number(number))];
    if (suspects.length > 0) await mendRows(db, path, busyTimeout, suspects);
  }
}

/** @returns whether SQLite finds nothing wrong with its file */
function isStructureSound(db: DatabaseSync, path: string, inspection: Inspection): boolean {
  const problems = problemsIn(db, MOST_PROBLEMS);
  for (const problem of problems) {
    const damage: Damage = { id: undefined, where: path, problem, code: "ERR_DAMAGED" };
    inspection.damaged(damage);
  }
  return problems.length === 0;
}

/** Mends rows that are still damaged: by now others may have written them anew. */
async function mendRows(
  db: DatabaseSync,
  path: string,
  busyTimeout: number,
  suspects: readonly number[],
): Promise<void> {
  await insist({ path, busyTimeout }, () => db.exec("BEGIN IMMEDIATE"));
  try {
    const rows = new RowInspection(db, path, new Inspection(false, {}));
    await rows.run(suspects);
    const remove = db.prepare("DELETE FROM entry WHERE number = ?");
    for (const number of rows.damaged) remove.run(number);
    const mend = db.prepare("UPDATE entry SET bytes = ?, head = ? WHERE number = ?");
    for (const row of rows.headless) mend.run(Number(row[4]), Number(row[8]), Number(row[0]));
    db.exec("COMMIT");
  } finally {
    if (db.isTransaction) db.exec("ROLLBACK");
  }
}
