import { addToSum, NO_SUM } from "./log-checksum.ts";

/** The index is made of pieces of so many bytes, each with the pages of so many frames; the first has a header. */
const PIECE_BYTES = 32 * 1024;
const PIECE_FRAMES = 4096;
const HEADER_BYTES = 136;
const FIRST_FRAMES: number = PIECE_FRAMES - HEADER_BYTES / 4;

/** Two copies of what is known of the log: they differ while they are written. */
const COPY_BYTES = 48;
const VERSION_AT = 0;
const IS_READY_AT = 12;
const PAGE_BYTES_AT = 14;
const FRAMES_AT = 16;
const PAGES_AT = 20;
const SALTS_AT = 32;
const SUM_AT = 40;
const COPIED_AT: number = 2 * COPY_BYTES;
/** Set before any of so many frames is copied. */
const COPYING_AT = 128;

const VERSION = 3_007_000;

/** What the processes that had a log open knew of it, as the last of them left it in memory that they shared. */
export interface LogIndex {
  readonly pageBytes: number;
  /** Frames that have been committed. */
  readonly frames: number;
  /** Whether the database itself has the pages of all frames. */
  readonly isCopied: boolean;
  /** Pages of the database after the last commit. */
  readonly pages: number;
  /** Tell this log from others, as its own header has them. */
  readonly salts: Buffer;
  /** The page that a frame holds; no checksum covers that. @param frame from 0 */
  pageOf(frame: number): number;
}

/**
 * Reads the file `-shm` that SQLite maps into memory ("WAL-Index File Format"). It is written without any
 * call of the system, so that it says what was so when the last of its processes died.
 *
 * @returns undefined when it says nothing
 */
export function logIndexIn(file: Buffer): LogIndex | undefined {
  if (!isSound(file)) return undefined;
  const frames = file.readUInt32LE(FRAMES_AT);
  const pageBytes = file.readUInt16LE(PAGE_BYTES_AT);
  if (placeOf(frames) > file.length || pageBytes < 512) return undefined;
  return {
    pageBytes,
    frames,
    isCopied: [COPIED_AT, COPYING_AT].every((at) => file.readUInt32LE(at) === frames),
    pages: file.readUInt32LE(PAGES_AT),
    salts: Buffer.from(file.subarray(SALTS_AT, SUM_AT)),
    pageOf: (frame) => file.readUInt32LE(placeOf(frame)),
  };
}

function isSound(file: Buffer): boolean {
  if (file.length < PIECE_BYTES) return false;
  const copy = file.subarray(0, COPY_BYTES);
  if (!copy.equals(file.subarray(COPY_BYTES, 2 * COPY_BYTES))) return false;
  if (copy.readUInt32LE(VERSION_AT) !== VERSION || copy[IS_READY_AT] !== 1) return false;
  const words = wordsOf(copy);
  const { first, second } = addToSum(NO_SUM, words, 0, SUM_AT / 4);
  return words[SUM_AT / 4] === first && words[SUM_AT / 4 + 1] === second;
}

function wordsOf(bytes: Buffer): Int32Array {
  return Int32Array.from({ length: bytes.length / 4 }, (_, word) => bytes.readInt32LE(word * 4));
}

/** Where the number of a frame's page stands. */
function placeOf(frame: number): number {
  if (frame < FIRST_FRAMES) return HEADER_BYTES + frame * 4;
  const behind = frame - FIRST_FRAMES;
  return (1 + Math.floor(behind / PIECE_FRAMES)) * PIECE_BYTES + (behind % PIECE_FRAMES) * 4;
}
