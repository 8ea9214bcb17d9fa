import { closeSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { publishError } from "@class-cache/mapping";
import { ioError } from "@class-cache/mapping/disk";
import { read } from "../file-system.ts";
import { Soon } from "./soon.ts";

/**
 * A note, little-endian: what a process that is killed leaves of how long its files were.
 *
 *    0  u32  magic, with the version of the format in its last byte
 *    4  u32  CRC-32 of the rest
 *    8  u32  number of the newest log, then f64 its length
 *   20  u32  number of the list of tables, then f64 its length
 */
const BYTES = 32;
const MAGIC: number = 0x63 | (0x63 << 8) | (0x4c << 16) | (1 << 24);
const LOG_AT = 8;
const LIST_AT = 20;

/** A file that LevelDB appends to, by its number, and so many bytes that it had. */
export interface KnownLength {
  readonly number: number;
  readonly bytes: number;
}

export interface KnownLengths {
  readonly log: KnownLength;
  readonly list: KnownLength;
}

/** Beside the database's folder, in which LevelDB is alone. */
const noteOf = (database: string): string => `${database}.lengths`;

/** @returns undefined when nothing is known */
export function knownLengths(database: string): KnownLengths | undefined {
  const note = read(noteOf(database));
  if (note?.length !== BYTES || note.readInt32LE(0) !== MAGIC) return undefined;
  if (note.readUInt32LE(4) !== crc32(note.subarray(LOG_AT))) return undefined;
  const at = (offset: number): KnownLength => ({
    number: note.readUInt32LE(offset),
    bytes: note.readDoubleLE(offset + 4),
  });
  return { log: at(LOG_AT), list: at(LIST_AT) };
}

/** Called before a database becomes another one, which the note does not fit. */
export function forgetLengths(database: string): void {
  try {
    rmSync(noteOf(database), { force: true });
  } catch (error) {
    throw ioError("delete", noteOf(database), error);
  }
}

/** Keeps the note of an open database. */
export class LengthNote {
  readonly #database: string;
  readonly #note = new Soon(() => this.#write());
  #fd: number | undefined;
  /** What was noted last, by where it stands in the note. */
  readonly #noted = new Map<number, KnownLength>();

  constructor(database: string) {
    this.#database = database;
  }

  /** Told that something was written. */
  outdate(): void {
    this.#note.want();
  }

  end(): void {
    this.#note.end();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** A failure is reported: without, what a death of the process and damage besides cost is not known. */
  #write(): void {
    try {
      const names = readdirSync(this.#database);
      const note = Buffer.alloc(BYTES);
      note.writeInt32LE(MAGIC, 0);
      for (const [offset, pattern] of [
        [LOG_AT, /^(\d+)\.log$/],
        [LIST_AT, /^MANIFEST-(\d+)$/],
      ] as const) {
        const numbers = names.flatMap((name) => pattern.exec(name)?.[1] ?? []).map(Number);
        const newest = Math.max(...numbers);
        const name = names.find((each) => Number(pattern.exec(each)?.[1]) === newest);
        if (name === undefined) return;
        const { size } = statSync(join(this.#database, name));
        const before = this.#noted.get(offset);
        // LevelDB makes none of them shorter.
        const bytes = before?.number === newest ? Math.max(size, before.bytes) : size;
        this.#noted.set(offset, { number: newest, bytes });
        note.writeUInt32LE(newest, offset);
        note.writeDoubleLE(bytes, offset + 4);
      }
      note.writeUInt32LE(crc32(note.subarray(LOG_AT)), 4);
      this.#fd ??= openSync(noteOf(this.#database), "w", 0o600);
      writeSync(this.#fd, note, 0, BYTES, 0);
    } catch (error) {
      // The folder may have been removed, or a file of it replaced, just now.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        publishError(ioError("write", noteOf(this.#database), error));
    }
  }
}
