import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { layOut, openDatabase } from "./database-file.ts";
import { migrate } from "./schema.ts";

/** A file begins with so many bytes that are the same in every store and never change. */
const CONSTANT_BYTES = 24;
const FIRST_PAGE_BYTES = 4096;

/**
 * Puts back what a file of a store begins with, without which SQLite takes it for no database. As these
 * bytes never change, whoever still has the file open is not disturbed.
 *
 * Asks that this process has it open nowhere: closing the descriptor ends the process's locks on it.
 *
 * @returns whether anything was wrong with them, in a file that else looks like a store
 */
export function mendHead(path: string): boolean {
  const fd = openSync(path, "r+");
  try {
    const page = Buffer.alloc(FIRST_PAGE_BYTES);
    readSync(fd, page, 0, page.length, 0);
    const head = constantHead(path);
    const isStore =
      page.includes("CREATE TABLE entry") || page.includes("CREATE TABLE sealed_entry");
    if (!isStore || head.equals(page.subarray(0, CONSTANT_BYTES))) return false;
    writeSync(fd, head, 0, head.length, 0);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** As a new store has it. */
function constantHead(path: string): Buffer {
  const beside = `${path}-repair-head`;
  const remove = (): void => {
    for (const end of ["", "-journal", "-wal", "-shm"]) rmSync(beside + end, { force: true });
  };
  remove();
  try {
    const db = openDatabase(beside, "off");
    try {
      layOut(db);
      migrate(db, beside);
    } finally {
      db.close();
    }
    const head = Buffer.alloc(CONSTANT_BYTES);
    const fd = openSync(beside, "r");
    readSync(fd, head, 0, head.length, 0);
    closeSync(fd);
    return head;
  } finally {
    remove();
  }
}
