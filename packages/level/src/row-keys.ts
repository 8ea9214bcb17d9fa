import { createHash, randomBytes } from "node:crypto";

/*
 * The rows of the database. The first character of a row's key tells its kind:
 *
 *   format           version of the layout
 *   i <hash of id>   a mapping: its id and the space in which its entries lie
 *   e <space> <key>  an entry's record, or its head when the record is large
 *   v <space> <key>  a large record
 *   g <space>        the space is garbage: its rows are being deleted
 *   s <client>       the last writes of a guest that were applied, with their results
 *
 * A space is new with every mapping and every clear, and its name has a fixed length.
 */

export const FORMAT_ROW = "format";

const SPACE_BYTES = 8;
const SPACE_LENGTH: number = SPACE_BYTES * 2;

export function newSpace(): string {
  return randomBytes(SPACE_BYTES).toString("hex");
}

export function mappingRow(id: string): string {
  return `i${createHash("sha256").update(id, "utf16le").digest("hex")}`;
}

export function entryRow(space: string, key: string): string {
  return `e${space}${key}`;
}

export function largeRow(space: string, key: string): string {
  return `v${space}${key}`;
}

export function garbageRow(space: string): string {
  return `g${space}`;
}

export function clientRow(client: string): string {
  return `s${client}`;
}

/** The key of an entry, from that of its row. */
export function keyOfEntryRow(row: string): string {
  return row.slice(1 + SPACE_LENGTH);
}

/** The space in which an entry lies, from the key of its row. */
export function spaceOfEntryRow(row: string): string {
  return row.slice(1, 1 + SPACE_LENGTH);
}

/** The space that a row says is garbage. @returns undefined where the row is another */
export function spaceOfGarbageRow(row: string): string | undefined {
  return row.startsWith(garbageRow("")) ? row.slice(garbageRow("").length) : undefined;
}

/** Bounds of all rows whose keys have a prefix made of ASCII characters. */
export function rowsWithPrefix(prefix: string): { gte: string; lt: string } {
  const last = prefix.charCodeAt(prefix.length - 1);
  return { gte: prefix, lt: prefix.slice(0, -1) + String.fromCharCode(last + 1) };
}

/** Whether a row is of an entry, whose checksum covers its key. */
export function isEntryRow(row: Buffer): boolean {
  return row[0] === "e".charCodeAt(0) || row[0] === "v".charCodeAt(0);
}
