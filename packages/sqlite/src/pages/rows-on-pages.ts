import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { idOf } from "../id.ts";
import type { Row } from "../row.ts";
import { ENTRY_COLUMN_COUNT, isSoundRow } from "../row.ts";
import { cellsOn } from "./cells.ts";
import { decodePayload } from "./payload.ts";
import { Varints } from "./varints.ts";

/** Kinds of pages in SQLite's map of pages. */
const ROOT = 1;
const INNER_OR_LEAF = 5;

/** Columns of the rows that give mappings their numbers. */
const MAPPING_COLUMN_COUNT = 3;

/**
 * The rows of the entries on pages of a database file, whether or not the tree of the table still leads to
 * them: SQLite's own map of pages tells which pages are in use, so that what lies on free ones, be it
 * older, is not taken for an entry. The format is that of SQLite's document "Database File Format".
 *
 * @param path of a file that nobody writes to, whose log of writes is empty
 * @param pause waited for at each row, of whatever kind
 */
export function rowsOnPages(path: string, pause: () => Promise<void>): AsyncIterable<Row> {
  return chosen(path, pause, ({ row, isFreed }) => row.length === ENTRY_COLUMN_COUNT && !isFreed);
}

/**
 * The rows of entries that were deleted or replaced, to which a page still leads whose count of rows is
 * damaged: SQLite would read them.
 */
export function freedRowsOnPages(path: string, pause: () => Promise<void>): AsyncIterable<Row> {
  return chosen(path, pause, ({ row, isFreed }) => row.length === ENTRY_COLUMN_COUNT && isFreed);
}

/** The rows of mappings, which are as they were written, found in the same way: number, id, checksum. */
export function mappingsOnPages(path: string, pause: () => Promise<void>): AsyncIterable<Row> {
  return chosen(path, pause, ({ row, isFreed }) => {
    const isMapping = row.length === MAPPING_COLUMN_COUNT && idOf(row[1], row[2]) !== undefined;
    return isMapping && !isFreed;
  });
}

/** Whether a file has an entry somewhere that is as it was written, whatever its first page is. */
export function hasSoundRow(fd: number, pageBytes: number): boolean {
  const file = new Pages(fd, pageBytes);
  for (const { row } of rowsIn(file)) if (isSoundRow(row)) return true;
  return false;
}

interface FoundRow {
  readonly row: Row;
  /** Whether it lies where its page has no rows. */
  readonly isFreed: boolean;
}

async function* chosen(
  path: string,
  pause: () => Promise<void>,
  isChosen: (found: FoundRow) => boolean,
): AsyncIterable<Row> {
  const fd = openSync(path, "r");
  try {
    for (const found of rowsIn(new Pages(fd))) {
      await pause();
      if (isChosen(found)) yield found.row;
    }
  } finally {
    closeSync(fd);
  }
}

function* rowsIn(file: Pages): Iterable<FoundRow> {
  for (let number = 3; number <= file.count; number += 1) {
    const kind = file.kindOf(number);
    // Which tree it is of is not asked: that may be what is damaged, and what is no row has no right checksum.
    if (kind === INNER_OR_LEAF || kind === ROOT) yield* rowsOn(file.read(number), file);
  }
}

function* rowsOn(page: Buffer, file: Pages): Iterable<FoundRow> {
  const { live, freed } = cellsOn(page, (at) => cellAt(page, at, file)?.size);
  for (const offsets of [live, freed]) {
    for (const at of offsets) {
      const row = rowAt(page, at, file);
      if (row !== undefined) yield { row, isFreed: offsets === freed };
    }
  }
}

interface Cell {
  readonly number: number;
  /** Bytes of the row, and of them those on its page. */
  readonly length: number;
  readonly local: number;
  readonly payloadAt: number;
  /** Bytes that all of it takes on its page. */
  readonly size: number;
}

function cellAt(page: Buffer, at: number, file: Pages): Cell | undefined {
  try {
    const cell = new Varints(page, at);
    const length = cell.next();
    const number = cell.next();
    const local = file.localBytes(length);
    const end = cell.at + local + (local < length ? 4 : 0);
    if (end > page.length) return undefined;
    return { number, length, local, payloadAt: cell.at, size: Math.max(end - at, 4) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** @returns undefined for what is no row */
function rowAt(page: Buffer, at: number, file: Pages): Row | undefined {
  const cell = cellAt(page, at, file);
  const payload = cell && file.payload(page, cell);
  try {
    const columns = payload && decodePayload(payload);
    // The number stands beside the row, not in it.
    return columns && [cell!.number, ...columns.slice(1)];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class Pages {
  readonly count: number;
  readonly #fd: number;
  readonly #size: number;
  /** Bytes of a page that SQLite uses. */
  readonly #usable: number;
  /** The part of the map of pages that was read last. */
  #map: { readonly number: number; readonly page: Buffer } | undefined;

  /** @param size of each page. Default: as the file tells */
  constructor(fd: number, size?: number) {
    this.#fd = fd;
    const head = Buffer.alloc(100);
    readSync(fd, head, 0, head.length, 0);
    const told = head.readUInt16BE(16);
    this.#size = size ?? (told === 1 ? 65_536 : told);
    this.#usable = size ?? this.#size - head[20]!;
    this.count = Math.floor(fstatSync(fd).size / Math.max(512, this.#size));
  }

  read(number: number): Buffer {
    const page = Buffer.alloc(this.#size);
    readSync(this.#fd, page, 0, page.length, (number - 1) * this.#size);
    return page;
  }

  /** What the map of pages says that a page is. */
  kindOf(number: number): number {
    const perMap = Math.floor(this.#usable / 5) + 1;
    const map = Math.floor((number - 2) / perMap) * perMap + 2;
    if (map === number) return 0;
    if (this.#map?.number !== map) this.#map = { number: map, page: this.read(map) };
    return this.#map.page[5 * (number - map - 1)]!;
  }

  /** Bytes of a row of this length that lie on its own page. */
  localBytes(length: number): number {
    const usable = this.#usable;
    if (length <= usable - 35) return length;
    const least = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = least + ((length - least) % (usable - 4));
    return fitting <= usable - 35 ? fitting : least;
  }

  /** All of a row: what of it does not fit on its page lies on others, each of which leads to the next. */
  payload(page: Buffer, { payloadAt: at, length, local }: Cell): Buffer | undefined {
    if (local === length) return page.subarray(at, at + length);
    if (length > this.count * this.#size) return undefined;
    const parts = [page.subarray(at, at + local)];
    let left = length - local;
    for (let next = page.readUInt32BE(at + local); left > 0;) {
      if (next < 2 || next > this.count) return undefined;
      const overflow = this.read(next);
      parts.push(overflow.subarray(4, 4 + Math.min(left, this.#usable - 4)));
      left -= this.#usable - 4;
      next = overflow.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }
}
