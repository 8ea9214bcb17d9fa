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

/** Files that hold rows. */
export interface LiveFiles {
  readonly tables: readonly LiveTable[];
  readonly logs: readonly string[];
}

export interface LiveTable {
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

/** All files that may hold rows. */
export function allFiles(database: string): LiveFiles {
  return filesOf(database, undefined);
}

function filesOf(database: string, listed: Listed | undefined): LiveFiles {
  const names = namesIn(database);
  const numbered = (pattern: RegExp): { path: string; number: number }[] =>
    names.flatMap((name) => {
      const number = pattern.exec(name)?.[1];
      return number === undefined ? [] : [{ path: join(database, name), number: Number(number) }];
    });
  return {
    tables: numbered(TABLE)
      .filter(({ number }) => listed?.tables.has(number) ?? true)
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
  const tables = new Map<number, ListedTable>();
  let firstLog: number | undefined;
  for (const change of recordsOf(list)) {
    const reader = new VarintReader(change);
    while (!reader.isAtEnd) {
      const kind = reader.next();
      if (kind === COMPARATOR) reader.bytes();
      else if (kind === LOG_NUMBER) firstLog = reader.next();
      else if (kind === NEXT_FILE || kind === LAST_SEQUENCE || kind === PREVIOUS_LOG) reader.next();
      else {
        // Of the rest each begins with the number of a level.
        reader.next();
        if (kind === COMPACTED_TO) reader.bytes();
        else if (kind === REMOVED) tables.delete(reader.next() ?? 0);
        else if (kind === ADDED) {
          const number = reader.next() ?? 0;
          const size = reader.next() ?? 0;
          const first = reader.bytes() ?? Buffer.alloc(0);
          tables.set(number, { size, first, last: reader.bytes() ?? Buffer.alloc(0) });
        } else return undefined;
      }
    }
  }
  return firstLog === undefined ? undefined : { tables, firstLog };
}
