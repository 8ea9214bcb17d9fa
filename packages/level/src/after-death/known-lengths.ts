import { rmSync } from "node:fs";
import { crc32 } from "node:zlib";
import { bootId, ioError } from "@class-cache/mapping/disk";
import { read } from "../file-system.ts";

/**
 * A note, little-endian: what a process that is killed leaves of how long its files were.
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  u32  CRC-32 of the rest
 *    8  u32  number of the newest log, then f64 its length
 *   20  u32  number of the list of tables, then f64 its length
 *   32       the id of the machine's start, in 36 characters, or zeros
 *   68  u32  how many tables are left over, then the number of each
 *
 * That of version 1 ends at byte 32.
 */
const MAGIC: number = 0x63 | (0x63 << 8) | (0x4c << 16);
const VERSION = 2;
const LOG_AT = 8;
const LIST_AT = 20;
const BOOT_AT = 32;
const LEFT_AT = 68;

/** So that a note is within one page: of which the kernel writes all or nothing when its process is killed. */
const MOST_LEFT_OVER = 900;

/** A file that LevelDB appends to, by its number, and so many bytes of it that are whole. */
export interface KnownLength {
  readonly number: number;
  readonly bytes: number;
}

export interface KnownLengths {
  readonly log: KnownLength;
  readonly list: KnownLength;
  /** Tables that are there, but not in the list any more: they may have what was deleted since. */
  readonly leftOver: readonly number[];
}

export interface NotedLengths extends KnownLengths {
  /**
   * Whether the machine has run ever since: then no loss of power has cost what the system had not written to
   * the device. Undefined: nobody knows.
   */
  readonly isOfThisStart: boolean | undefined;
}

/** Beside the database's folder, in which LevelDB is alone. */
export const lengthsPath = (database: string): string => `${database}.lengths`;

/** @param start the id of the machine's start, if it has one */
export function encodeLengths(
  { log, list, leftOver }: KnownLengths,
  start: string | undefined,
): Buffer {
  const left = leftOver.slice(0, MOST_LEFT_OVER);
  const note = Buffer.alloc(LEFT_AT + 4 + 4 * left.length);
  note.writeInt32LE(MAGIC | (VERSION << 24), 0);
  for (const [offset, { number, bytes }] of [
    [LOG_AT, log],
    [LIST_AT, list],
  ] as const) {
    note.writeUInt32LE(number, offset);
    note.writeDoubleLE(bytes, offset + 4);
  }
  note.write(start ?? "", BOOT_AT, LEFT_AT - BOOT_AT, "latin1");
  for (const [index, number] of [left.length, ...left].entries()) {
    note.writeUInt32LE(number, LEFT_AT + 4 * index);
  }
  note.writeUInt32LE(crc32(note.subarray(LOG_AT)), 4);
  return note;
}

/**
 * @param onDamage called where there is a note that cannot be read
 * @returns undefined when nothing is known
 */
export function knownLengths(
  database: string,
  onDamage: () => void = () => {},
): NotedLengths | undefined {
  const file = read(lengthsPath(database)) ?? Buffer.alloc(0);
  // It was made just before its process was killed.
  if (file.length === 0) return undefined;
  const note = wholeNote(file);
  if (note === undefined) {
    onDamage();
    return undefined;
  }
  const at = (offset: number): KnownLength => ({
    number: note.readUInt32LE(offset),
    bytes: note.readDoubleLE(offset + 4),
  });
  const start = note.toString("latin1", BOOT_AT, LEFT_AT).replace(/\0+$/, "");
  const left = Array.from({ length: Math.max(0, note.length - LEFT_AT - 4) / 4 }, (_, index) =>
    note.readUInt32LE(LEFT_AT + 4 + 4 * index),
  );
  const own = bootId();
  const isKnown = start !== "" && own !== undefined;
  return {
    log: at(LOG_AT),
    list: at(LIST_AT),
    leftOver: left,
    isOfThisStart: isKnown ? own.startsWith(start) : undefined,
  };
}

/** The bytes of a note; undefined: they are not what was written. What follows them is of a longer one before. */
function wholeNote(file: Buffer): Buffer | undefined {
  if (file.length < BOOT_AT) return undefined;
  const version = file.readInt32LE(0) ^ MAGIC;
  let end = BOOT_AT;
  if (version === VERSION << 24) {
    if (file.length < LEFT_AT + 4) return undefined;
    end = LEFT_AT + 4 + 4 * file.readUInt32LE(LEFT_AT);
  } else if (version !== 1 << 24) return undefined;
  const note = file.subarray(0, end);
  return note.length === end && note.readUInt32LE(4) === crc32(note.subarray(LOG_AT))
    ? note
    : undefined;
}

/** Called before a database becomes another one, which the note does not fit. */
export function forgetLengths(database: string): void {
  try {
    rmSync(lengthsPath(database), { force: true });
  } catch (error) {
    throw ioError("delete", lengthsPath(database), error);
  }
}
