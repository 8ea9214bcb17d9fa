import { addToSum, NO_SUM } from "./log-checksum.ts";

/** The index is made of pieces of so many bytes, each with the pages of so many frames; the first has a header. */
const PIECE_BYTES = 32 * 1024;
const PIECE_FRAMES = 4096;
const HEADER_BYTES = 136;
const FIRST_FRAMES: number = PIECE_FRAMES - HEADER_BYTES / 4;

/** Two copies of what is known of the log, of which one may be in the course of being written. */
const COPY_BYTES = 48;
const VERSION_AT = 0;
const IS_READY_AT = 12;
const PAGE_BYTES_AT = 14;
const FRAMES_AT = 16;
const PAGES_AT = 20;
const SALTS_AT = 32;
const SUM_AT = 40;
const COPIED_AT: number = 2 * COPY_BYTES;

const VERSION = 3_007_000;

/** What the processes that had a log open knew of it, as the last of them left it in memory that they shared. */
export interface LogIndex {
  readonly pageBytes: number;
  /** Frames that have been committed. */
  readonly frames: number;
  /** Frames of which the database itself has the pages. */
  readonly copied: number;
  /** Pages of the database after the last commit. */
  readonly pages: number;
  /** Tell this log from others, as its own header has them. */
  readonly salts: Buffer;
  /** The page that a frame holds. @param frame from 0 */
  pageOf(frame: number): number;
}

/**
 * Reads the file `-shm` that SQLite maps into memory ("WAL-Index File Format"). It is written without any
 * call of the system, so that it says what was so when the last of its processes died.
 *
 * @returns undefined when it says nothing
 */
export function logIndexIn(file: Buffer): LogIndex | undefined {
  const [copy] = [0, COPY_BYTES].filter((at) => isSound(file, at));
  if (copy === undefined) return undefined;
  const frames = file.readUInt32LE(copy + FRAMES_AT);
  const pageBytes = file.readUInt16LE(copy + PAGE_BYTES_AT);
  if (placeOf(frames) > file.length || pageBytes < 512) return undefined;
  return {
    pageBytes,
    frames,
    copied: file.readUInt32LE(COPIED_AT),
    pages: file.readUInt32LE(copy + PAGES_AT),
    salts: Buffer.from(file.subarray(copy + SALTS_AT, copy + SUM_AT)),
    pageOf: (frame) => file.readUInt32LE(placeOf(frame)),
  };
}

function isSound(file: Buffer, at: number): boolean {
  if (file.length < HEADER_BYTES) return false;
  if (file.readUInt32LE(at + VERSION_AT) !== VERSION || file[at + IS_READY_AT] !== 1) return false;
  const words = wordsOf(file.subarray(at, at + COPY_BYTES));
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
