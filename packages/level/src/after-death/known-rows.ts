import { rmSync } from "node:fs";
import { crc32 } from "node:zlib";
import { publishError } from "@class-cache/mapping";
import { ioCode, ioError } from "@class-cache/mapping/disk";
import { read, replaceFile } from "../file-system.ts";
import type { DatabaseFolder } from "../own-folder.ts";
import type { SealedRow } from "../seal/seal.ts";
import { Soon } from "./soon.ts";

/** Beside the database's folder, in which LevelDB is alone. */
const noteOf = (database: string): string => `${database}.rows`;

/** Rows whose loss would cost more than an entry, as a process that was killed knew them. */
export function knownRows(database: string): SealedRow[] {
  const note = wholeNote(database);
  if (note === undefined) return [];
  const rows = JSON.parse(note.toString("utf8", 4)) as [key: string, value: string][];
  return rows.map(([key, value]) => ({ key, value: Buffer.from(value, "base64") }));
}

/** @returns undefined where there is none that is as it was written */
function wholeNote(database: string): Buffer | undefined {
  const note = read(noteOf(database)) ?? Buffer.alloc(0);
  const isWhole = note.length >= 4 && note.readUInt32LE(0) === crc32(note.subarray(4));
  return isWhole ? note : undefined;
}

/** Called before a database becomes another one, which the note does not fit. */
export function forgetRows(database: string): void {
  try {
    rmSync(noteOf(database), { force: true });
  } catch (error) {
    throw ioError("delete", noteOf(database), error);
  }
}

/** Keeps the note of an open database, and makes it where there is none. */
export class RowNote {
  readonly #folder: DatabaseFolder;
  readonly #note: Soon;

  constructor(folder: DatabaseFolder, rows: () => readonly SealedRow[]) {
    this.#folder = folder;
    this.#note = new Soon(() => this.#write(rows()));
    if (wholeNote(folder.files) === undefined) this.#note.want();
  }

  /** Told that there are others now. */
  outdate(): void {
    this.#note.want();
  }

  /** Notes what there is to note: the next owner may die before anything is changed. */
  end(): void {
    this.#note.finish();
  }

  /** A failure is reported: without, what a death of the process and damage besides cost is not known. */
  #write(rows: readonly SealedRow[]): void {
    if (!this.#folder.isThere()) return;
    const pairs = rows.map(({ key, value }) => [key, Buffer.from(value).toString("base64")]);
    const text = Buffer.from(JSON.stringify(pairs));
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(text));
    try {
      replaceFile(noteOf(this.#folder.files), Buffer.concat([sum, text]));
    } catch (error) {
      // The folder may have been removed just now.
      if (ioCode((error as { cause?: unknown }).cause) !== "ENOENT") publishError(error as Error);
    }
  }
}
