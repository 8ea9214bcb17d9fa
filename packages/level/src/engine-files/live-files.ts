import { join } from "node:path";
import { namesIn } from "@class-cache/mapping/disk";
import { read } from "../file-system.ts";
import { inspectLog, recordsOf } from "./log-file.ts";
import { VarintReader } from "./varint.ts";

/** The name of a file with a table, and the number in it. */
export const TABLE: RegExp = /^(\d+)\.(?:ldb|sst)$/;
export const LOG: RegExp = /^(\d+)\.log$/;

/** Kinds of what a change of the list of tables says. */
const COMPARATOR = 1;
const LOG_NUMBER = 2;
const NEXT_FILE = 3;
const LAST_SEQUENCE = 4;
const COMPACTED_TO = 5;
const REMOVED = 6;
const ADDED = 7;
const PREVIOUS_LOG = 9;
const OTHERS: ReadonlySet<number> = new Set([COMPARATOR, NEXT_FILE, LAST_SEQUENCE, PREVIOUS_LOG]);

/** Files that hold rows. */
export interface LiveFiles {
  readonly tables: readonly LiveTable[];
  readonly logs: readonly string[];
}

interface LiveTable {
  readonly path: string;
  /** What LevelDB's list has of it; undefined: the list is lost. */
  readonly size: number | undefined;
}

/** A table, as LevelDB's list has it. */
export interface ListedTable {
  readonly size: number;
  /** Its first key and its last: each a row's, with a mark. */
  readonly first: Buffer;
  readonly last: Buffer;
}

/** What LevelDB's list of tables says. */
export interface Listed {
  /** By number. */
  readonly tables: ReadonlyMap<number, ListedTable>;
  /** Logs before this one are in tables. */
  readonly firstLog: number;
}

/**
 * The files that hold the rows of a database; all there are where its list is damaged. Files that the
 * list does not have are left over, and may have what was deleted since.
 */
export function liveFiles(database: string): LiveFiles {
  return filesOf(database, readList(database));
}

/** All files that may hold rows. @param leftOver the numbers of tables that do not count any more */
export function allFiles(database: string, leftOver: ReadonlySet<number>): LiveFiles {
  return filesOf(database, undefined, leftOver);
}

function filesOf(
  database: string,
  listed: Listed | undefined,
  leftOver: ReadonlySet<number> = new Set(),
): LiveFiles {
  const names = namesIn(database);
  const numbered = (pattern: RegExp): { path: string; number: number }[] =>
    names.flatMap((name) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ path: join(database, name), number: Number(number) }];
    });
  return {
    tables: numbered(TABLE)
      .filter(({ number }) => listed?.tables.has(number) ?? !leftOver.has(number))
      .map(({ path, number }) => ({ path, size: listed?.tables.get(number)?.size })),
    logs: numbered(LOG)
      .filter(({ number }) => number >= (listed?.firstLog ?? 0))
      .map(({ path }) => path),
  };
}

/** @returns undefined where it is damaged */
export function readList(database: string): Listed | undefined {
  const name = read(join(database, "CURRENT"))?.toString("latin1").trim();
  if (name === undefined || !/^MANIFEST-\d+$/.test(name)) return undefined;
  const file = read(join(database, name));
  return file && listedIn(file);
}

/** @param list the file; undefined is returned where it is damaged */
export function listedIn(list: Buffer): Listed | undefined {
  if (inspectLog(list).length > 0) return undefined;
  const reading = new ListReading();
  for (const change of recordsOf(list)) if (!reading.take(change)) return undefined;
  const { tables, firstLog } = reading;
  return firstLog === undefined ? undefined : { tables, firstLog };
}

/** Tables that a list has had and has no more, as far as it can be read. */
export function removedIn(list: Buffer): ReadonlySet<number> {
  const reading = new ListReading();
  for (const change of recordsOf(list)) reading.take(change);
  return reading.removed;
}

/** Whether a record of a list is one that LevelDB writes. */
export function isChangeOfList(record: Buffer): boolean {
  return new ListReading().take(record);
}

/** What the changes of a list come to. */
class ListReading {
  readonly tables = new Map<number, ListedTable>();
  readonly removed = new Set<number>();
  firstLog: number | undefined;

  /** @returns whether all of it can be read */
  take(change: Buffer): boolean {
    const reader = new VarintReader(change);
    while (!reader.isAtEnd) {
      const kind = reader.next();
      // All begin with a number but this; of the last three it is that of a level.
      const number = kind === COMPARATOR ? reader.bytes()?.length : reader.next();
      if (number === undefined) return false;
      if (kind === LOG_NUMBER) this.firstLog = number;
      else if (kind === COMPACTED_TO) {
        if (reader.bytes() === undefined) return false;
      } else if (kind === REMOVED) {
        const removed = reader.next();
        if (removed === undefined) return false;
        this.tables.delete(removed);
        this.removed.add(removed);
      } else if (kind === ADDED) {
        const [added, size] = [reader.next(), reader.next()];
        const [first, last] = [reader.bytes(), reader.bytes()];
        if (added === undefined || size === undefined || !first || !last) return false;
        this.tables.set(added, { size, first, last });
        // What moves to another level is removed from the one before first.
        this.removed.delete(added);
      } else if (kind === undefined || !OTHERS.has(kind)) return false;
    }
    return true;
  }
}
