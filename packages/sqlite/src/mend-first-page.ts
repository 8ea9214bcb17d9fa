import { fstatSync, ftruncateSync, readSync, statSync, writeSync } from "node:fs";
import { openDatabase, PAGE_BYTES } from "./database-file.ts";
import { newStoreBytes } from "./new-store.ts";
import { withDescriptor } from "./own-descriptor.ts";
import { hasSoundRow } from "./pages/rows-on-pages.ts";
import { APPLICATION_ID, APPLICATION_ID_AT } from "./schema.ts";
import { isDamage } from "./sqlite-error.ts";

/** A file begins with so many bytes that are the same in every store and never change. */
const CONSTANT_BYTES = 24;
/** Where the first page has the number of pages. */
const PAGE_COUNT_AT = 28;
/** Pieces of the tables' definitions, of which so many have to be in their places. */
const PIECE_BYTES = 32;
const SHARE_OF_PIECES = 0.25;

/**
 * Mends the first page of a store, without which SQLite opens nothing of it: at first as `mendHead` does;
 * called again, all of the page. Then it is that of a new store, with the tables where every store has them.
 * What is not right in it after that, rebuilding the tables mends.
 *
 * Whoever has it open is not disturbed: SQLite reads its first page anew only once a commit is seen.
 *
 * @returns whether anything was changed, of a file that was a store
 */
export function mendFirstPage(path: string): boolean {
  return mend(path, (fd, page, fresh, count) => {
    return put(fd, withHead(page, fresh, count), count) || put(fd, ...asNew(fresh, count));
  });
}

/** What is wrong where `isCutWithinPage`. */
export const CUT_WITHIN_PAGE = "It ends within its first page.";

/**
 * Whether a file is shorter than its first page, as no store is. SQLite would write what a log has for the pages
 * behind, and the log be gone, before it finds that there is no first page.
 */
export function isCutWithinPage(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? PAGE_BYTES;
  if (size >= PAGE_BYTES) return false;
  const found = withDescriptor(path, firstPageIn);
  if (found === undefined) return false;
  const start = Buffer.from("SQLite format 3\0\x10\0", "latin1");
  return start.subarray(0, size).equals(found.subarray(0, Math.min(size, start.length)));
}

/**
 * Mends the bytes that never change, and the number of pages, which a cut has made wrong.
 *
 * While another process copies its log, the first page has the new number before the file has the pages: that a
 * number is wrong is SQLite's to tell, which looks under its locks.
 *
 * @returns the same
 */
export function mendHead(path: string): boolean {
  const isStartMended = mend(path, (fd, page, fresh) => {
    const start = fresh.subarray(0, CONSTANT_BYTES);
    if (start.equals(page.subarray(0, CONSTANT_BYTES))) return false;
    writeSync(fd, start, 0, start.length, 0);
    return true;
  });
  if (isCutWithinPage(path) || !isRefused(path)) return isStartMended;
  const isCountMended = mend(path, (fd, page, fresh, count) => {
    return put(fd, withHead(page, fresh, count), count);
  });
  return isStartMended || isCountMended;
}

/** Whether SQLite takes a file for damaged before it has read more than the first page. */
function isRefused(path: string): boolean {
  try {
    const db = openDatabase(path, "full");
    try {
      db.exec("PRAGMA schema_version");
      return false;
    } finally {
      db.close();
    }
  } catch (error) {
    return isDamage(error);
  }
}

function mend(
  path: string,
  work: (fd: number, page: Buffer, fresh: Buffer, count: number) => boolean,
): boolean {
  const isMended = withDescriptor(path, (fd) => {
    firstPage ??= newStoreBytes(path).subarray(0, PAGE_BYTES);
    const { size } = fstatSync(fd);
    const page = firstPageIn(fd);
    const isStore = isOfStore(page.subarray(0, size), firstPage) || hasSoundRow(fd, PAGE_BYTES);
    if (!isStore && !isBlank(fd)) return false;
    if (size < PAGE_BYTES) return put(fd, ...asNew(firstPage, 1));
    return work(fd, page, firstPage, Math.ceil(size / PAGE_BYTES));
  });
  return isMended ?? false;
}

/** With zeros where the file is shorter. */
function firstPageIn(fd: number): Buffer {
  const page = Buffer.alloc(PAGE_BYTES);
  readSync(fd, page, 0, page.length, 0);
  return page;
}

/** Whether a file has nothing but zeros, behind what is the same in every store. Those are nobody's data. */
function isBlank(fd: number): boolean {
  const part = Buffer.alloc(16 * PAGE_BYTES);
  const zeros = Buffer.alloc(part.length);
  for (let at = CONSTANT_BYTES; ; at += part.length) {
    const read = readSync(fd, part, 0, part.length, at);
    if (read === 0) return true;
    if (!part.subarray(0, read).equals(zeros.subarray(0, read))) return false;
  }
}

/** That of every new store. */
let firstPage: Buffer | undefined;

/** @returns whether it is not what was there */
function put(fd: number, page: Buffer, count: number): boolean {
  const { size } = fstatSync(fd);
  const found = firstPageIn(fd);
  if (found.equals(page) && size >= count * PAGE_BYTES) return false;
  writeSync(fd, page, 0, page.length, 0);
  if (size < count * PAGE_BYTES) ftruncateSync(fd, count * PAGE_BYTES);
  return true;
}

function withHead(page: Buffer, fresh: Buffer, count: number): Buffer {
  const mended = Buffer.from(page);
  fresh.copy(mended, 0, 0, CONSTANT_BYTES);
  if (page.readUInt32BE(PAGE_COUNT_AT) > count) mended.writeUInt32BE(count, PAGE_COUNT_AT);
  return mended;
}

/** The pages that a new store begins with have to be there, if with nothing on them. */
function asNew(fresh: Buffer, count: number): [page: Buffer, count: number] {
  const pages = Math.max(count, fresh.readUInt32BE(PAGE_COUNT_AT));
  const mended = Buffer.from(fresh);
  mended.writeUInt32BE(pages, PAGE_COUNT_AT);
  return [mended, pages];
}

/** Whether this is what a store begins with, however little of it is left. */
function isOfStore(page: Buffer, fresh: Buffer): boolean {
  if (page.length <= APPLICATION_ID_AT) {
    const length = Math.min(page.length, CONSTANT_BYTES);
    return page.subarray(0, length).equals(fresh.subarray(0, length));
  }
  if (page.length < APPLICATION_ID_AT + 4)
    return page.subarray(0, 16).equals(fresh.subarray(0, 16));
  if (page.readUInt32BE(APPLICATION_ID_AT) === APPLICATION_ID) return true;
  if (page.includes("CREATE TABLE sealed_entry")) return true;
  let pieces = 0;
  let found = 0;
  for (let at = PAGE_BYTES - PIECE_BYTES; at > 100; at -= PIECE_BYTES) {
    const piece = fresh.subarray(at, at + PIECE_BYTES);
    if (piece.every((byte) => byte === 0)) break;
    pieces += 1;
    if (piece.equals(page.subarray(at, at + PIECE_BYTES))) found += 1;
  }
  return found > pieces * SHARE_OF_PIECES;
}
