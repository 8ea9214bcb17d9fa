import { join } from "node:path";
import { namesIn } from "@class-cache/mapping/disk";
import { read } from "../file-system.ts";
import { inspectLog, recordsOf } from "./log-file.ts";
import { VarintReader } from "./varint.ts";

/** The name of a file with a table, and the number in it. */
export const TABLE: RegExp = /^(\d+)\.(?:ldb|sst)$/;
const LOG = /^(\d+)\.log$/;

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
  readonly tables: readonly string[];
  readonly logs: readonly string[];
}

/** What LevelDB's list of tables says. */
interface Listed {
  /** The first key of each, by number. */
  readonly tables: ReadonlyMap<number, Buffer>;
  /** Logs before this one are in tables. */
  readonly firstLog: number;
}

/**
 * The files that hold the rows of a database; all there are where its list is damaged. Files that the
 * list does not have are left over, and may have what was deleted since.
 */
export function liveFiles(database: string): LiveFiles {
  const listed = readList(database);
  const names = namesIn(database);
  const numbered = (pattern: RegExp, isLive: (number: number) => boolean): string[] =>
    names
      .filter((name) => pattern.test(name) && isLive(Number(pattern.exec(name)?.[1])))
      .map((name) => join(database, name));
  return {
    tables: numbered(TABLE, (number) => listed?.tables.has(number) ?? true),
    logs: numbered(LOG, (number) => number >= (listed?.firstLog ?? 0)),
  };
}

function readList(database: string): Listed | undefined {
  const name = read(join(database, "CURRENT"))?.toString("latin1").trim();
  if (name === undefined || !/^MANIFEST-\d+$/.test(name)) return undefined;
  const file = read(join(database, name));
  return file && listedIn(file);
}

/** @param list the file; undefined is returned where it is damaged */
export function listedIn(list: Buffer): Listed | undefined {
  if (inspectLog(list).length > 0) return undefined;
  const tables = new Map<number, Buffer>();
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
          // Its size, its first key and its last.
          reader.next();
          tables.set(number, reader.bytes() ?? Buffer.alloc(0));
          reader.bytes();
        } else return undefined;
      }
    }
  }
  return firstLog === undefined ? undefined : { tables, firstLog };
}
