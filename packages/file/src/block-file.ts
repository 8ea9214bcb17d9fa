import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { remove } from "@class-cache/mapping/disk";
import type { FileCalls } from "./file-calls.ts";
import { amend, rename, writeDurably } from "./file-system.ts";
import { LENGTH_NOTE_BYTES, lengthIn, lengthNote } from "./length-note.ts";
import { lengthOf } from "./pieces.ts";
import { setBytes } from "./set-bytes.ts";
import { writeWhole } from "./whole-transfers.ts";

const NAME = /^(root|[0-9a-f]+)\.block$/;

/** Where a block says how long it was: behind a magic, the version, and what tells this file from its next. */
export const LENGTH_NOTE_AT = 16;

/** Bytes before a block's first record. */
export const FILE_HEADER_BYTES: number = LENGTH_NOTE_AT + LENGTH_NOTE_BYTES;

const MAGIC: Buffer = Buffer.from("ccBlock\u0001", "latin1");

/** The file of the block of all keys whose hash begins with a hexadecimal prefix. */
export function blockFileName(prefix: string): string {
  return `${prefix === "" ? "root" : prefix}.block`;
}

/** The prefix that a file's name stands for; undefined when it is no block's. */
export function prefixOfFile(name: string): string | undefined {
  const prefix = NAME.exec(name)?.[1];
  return prefix === "root" ? "" : prefix;
}

/** What the header of a block, as far as it is there, says of the file's length; undefined: nothing. */
export function notedLength(header: Buffer, salt: number): number | undefined {
  return lengthIn(header.subarray(LENGTH_NOTE_AT, FILE_HEADER_BYTES), salt);
}

/** Whether a file begins as every block does. */
export function isBlockHeader(file: Buffer): boolean {
  return file.length >= FILE_HEADER_BYTES && file.subarray(0, MAGIC.length).equals(MAGIC);
}

/** A block of these records that is complete and on the device, and not yet in its place. */
export async function draftBlockFile(
  calls: FileCalls,
  folder: string,
  prefix: string,
  salt: number,
  frames: readonly Uint8Array[] = [],
): Promise<BlockDraft> {
  const length = FILE_HEADER_BYTES + lengthOf(frames);
  const draft = new BlockDraft(calls, join(folder, blockFileName(prefix)), salt, length);
  const header = [MAGIC, randomBytes(8), lengthNote(length, salt)];
  await writeDurably(calls, draft.path, Buffer.concat([...header, ...frames]));
  return draft;
}

/** A file that is to become a block. */
export class BlockDraft {
  readonly path: string;
  readonly #calls: FileCalls;
  readonly #place: string;
  readonly #salt: number;
  #length: number;

  /** @param place the path of the block */
  constructor(calls: FileCalls, place: string, salt: number, length: number) {
    this.#calls = calls;
    this.path = `${place}.tmp`;
    this.#place = place;
    this.#salt = salt;
    this.#length = length;
  }

  /** Adds records at the end and sets marks, so that the draft keeps up with the block it replaces. */
  amend(frames: readonly Buffer[], mark: number, marks: readonly number[]): void {
    if (frames.length === 0 && marks.length === 0) return;
    this.#length += lengthOf(frames);
    amend(this.#calls, this.path, Buffer.concat(frames), (fd) => {
      setBytes(this.#calls, fd, mark, marks);
      writeWhole(this.#calls, fd, lengthNote(this.#length, this.#salt), LENGTH_NOTE_AT);
    });
  }

  /** Puts it in its place in one step, replacing what was there. */
  publish(): void {
    rename(this.#calls, this.path, this.#place);
  }

  remove(): void {
    remove(this.path, this.#calls);
  }
}
