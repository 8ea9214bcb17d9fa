import { endianness } from "node:os";
import type { LogSum } from "./log-checksum.ts";
import { addToSum, NO_SUM, sumBefore } from "./log-checksum.ts";
import type { LogIndex } from "./log-index.ts";

/*
 * A log is a header and frames ("Write-Ahead Log File Format"). The header, big-endian: magic, version, size of
 * a page, count of the times that the log began anew, two salts, a checksum. A frame: number of its page; size
 * of the database in pages where it ends a transaction, else 0; the salts; a checksum that goes on with that of
 * the frame before; the page.
 */

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** That of a log whose checksums take words with the low byte first, as logs on such machines do. */
const MAGIC = 0x377f0682;
const VERSION = 3_007_000;

const PAGE_BYTES_AT = 8;
const SALTS_AT = 16;
const SUM_AT = 24;
const FRAME_PAGES_AT = 4;
const FRAME_SALTS_AT = 8;
const FRAME_SUM_AT = 16;

/** Whether logs can be looked at: their words are taken as the machine has them. */
export const canReadLogs: boolean = endianness() === "LE";

export interface LogHeader {
  readonly pageBytes: number;
  readonly salts: Buffer;
}

/** @returns undefined when it is damaged */
export function headerOf(log: Buffer): LogHeader | undefined {
  if (log.length < HEADER_BYTES || log.readUInt32BE(0) !== MAGIC) return undefined;
  if (!hasSum(log, SUM_AT, headerSum(log))) return undefined;
  const pageBytes = log.readUInt32BE(PAGE_BYTES_AT);
  if (!isPageSize(pageBytes)) return undefined;
  return { pageBytes, salts: log.subarray(SALTS_AT, SUM_AT) };
}

/** How many frames there are room for. */
function framesIn(log: Buffer, pageBytes: number): number {
  return Math.max(0, Math.floor((log.length - HEADER_BYTES) / (FRAME_HEADER_BYTES + pageBytes)));
}

/** How many frames are sound, from the first on, until one is not. */
export function soundFrames(log: Buffer, { pageBytes, salts }: LogHeader): number {
  const count = framesIn(log, pageBytes);
  let sum = headerSum(log);
  for (let frame = 0; frame < count; frame += 1) {
    const at = placeOf(frame, pageBytes);
    sum = frameSum(log, at, pageBytes, sum);
    if (!hasSalts(log, at, salts) || !hasSum(log, at + FRAME_SUM_AT, sum)) return frame;
  }
  return count;
}

/**
 * A log with the frames that its index has, of which what lies outside the pages is as it has to be: SQLite
 * would take nothing that follows a damaged byte. What is damaged in a page stays so.
 *
 * @returns undefined where a frame is missing or another's, or nobody can say which page it holds
 */
export function rewritten(log: Buffer, index: LogIndex): Buffer | undefined {
  const { pageBytes, frames, salts } = index;
  if (framesIn(log, pageBytes) < frames) return undefined;
  const made = Buffer.from(log.subarray(0, placeOf(frames, pageBytes)));
  made.writeUInt32BE(MAGIC, 0);
  made.writeUInt32BE(VERSION, 4);
  made.writeUInt32BE(pageBytes, PAGE_BYTES_AT);
  salts.copy(made, SALTS_AT);
  let sum = headerSum(made);
  putSum(made, SUM_AT, sum);
  const sums = sumsIn(log, pageBytes);
  for (let frame = 0; frame < frames; frame += 1) {
    const at = placeOf(frame, pageBytes);
    const page = pageOf(log, index, frame, sums);
    if (page === undefined) return undefined;
    made.writeUInt32BE(page, at);
    // Of the sizes of the database the last alone counts.
    if (frame === frames - 1) made.writeUInt32BE(index.pages, at + FRAME_PAGES_AT);
    salts.copy(made, at + FRAME_SALTS_AT);
    sum = frameSum(made, at, pageBytes, sum);
    putSum(made, at + FRAME_SUM_AT, sum);
  }
  return made;
}

/**
 * The page that a frame holds, as its checksum says; where that fits to none, as itself and the index say.
 *
 * @param sums all that the log has
 * @returns undefined where nobody can say, and where it is a frame of another place or another log, as which it may
 * hold what was replaced
 */
function pageOf(
  log: Buffer,
  index: LogIndex,
  frame: number,
  sums: ReadonlySet<string>,
): number | undefined {
  const { pageBytes, salts } = index;
  const at = placeOf(frame, pageBytes);
  const own = log.readUInt32BE(at);
  const indexed = index.pageOf(frame);
  const before = sumAt(log, sumPlaceBefore(frame, pageBytes));
  const copy = Buffer.from(log.subarray(at, at + FRAME_HEADER_BYTES + pageBytes));
  const fitting = [own, indexed].find((page) => {
    // The sums of zeros are zeros.
    if (page === 0) return false;
    copy.writeUInt32BE(page, 0);
    return hasSum(copy, FRAME_SUM_AT, frameSum(copy, 0, pageBytes, before));
  });
  if (fitting !== undefined) return fitting;
  if (own !== indexed || own === 0 || !hasSalts(log, at, salts)) return undefined;
  return sums.has(nameOf(sumBeforeFrame(log, at, pageBytes))) ? undefined : own;
}

/** All checksums of a log, that of its header included. */
function sumsIn(log: Buffer, pageBytes: number): Set<string> {
  const sums = new Set<string>();
  for (let frame = 0; frame <= framesIn(log, pageBytes); frame += 1) {
    sums.add(nameOf(sumAt(log, sumPlaceBefore(frame, pageBytes))));
  }
  return sums;
}

function nameOf({ first, second }: LogSum): string {
  return `${first} ${second}`;
}

function isPageSize(bytes: number): boolean {
  return bytes >= 512 && bytes <= 32_768 && (bytes & (bytes - 1)) === 0;
}

function placeOf(frame: number, pageBytes: number): number {
  return HEADER_BYTES + frame * (FRAME_HEADER_BYTES + pageBytes);
}

/** Where the checksum stands that a frame's own goes on with. */
function sumPlaceBefore(frame: number, pageBytes: number): number {
  return frame === 0 ? SUM_AT : placeOf(frame - 1, pageBytes) + FRAME_SUM_AT;
}

function headerSum(log: Buffer): LogSum {
  return addToSum(NO_SUM, wordsOf(log), 0, SUM_AT / 4);
}

/** @param sum of the frame before, or of the header */
function frameSum(log: Buffer, at: number, pageBytes: number, sum: LogSum): LogSum {
  const words = wordsOf(log);
  const head = addToSum(sum, words, at / 4, (at + FRAME_SALTS_AT) / 4);
  const page = (at + FRAME_HEADER_BYTES) / 4;
  return addToSum(head, words, page, page + pageBytes / 4);
}

/** The checksum with which a frame's own goes on, if both are as they were written. */
function sumBeforeFrame(log: Buffer, at: number, pageBytes: number): LogSum {
  const words = wordsOf(log);
  const page = (at + FRAME_HEADER_BYTES) / 4;
  const head = sumBefore(sumAt(log, at + FRAME_SUM_AT), words, page, page + pageBytes / 4);
  return sumBefore(head, words, at / 4, (at + FRAME_SALTS_AT) / 4);
}

function wordsOf(log: Buffer): Int32Array {
  return new Int32Array(log.buffer, log.byteOffset, Math.floor(log.length / 4));
}

function hasSalts(log: Buffer, frameAt: number, salts: Buffer): boolean {
  return log.subarray(frameAt + FRAME_SALTS_AT, frameAt + FRAME_SUM_AT).equals(salts);
}

function hasSum(log: Buffer, at: number, { first, second }: LogSum): boolean {
  return log.readInt32BE(at) === first && log.readInt32BE(at + 4) === second;
}

function sumAt(log: Buffer, at: number): LogSum {
  return { first: log.readInt32BE(at), second: log.readInt32BE(at + 4) };
}

function putSum(log: Buffer, at: number, { first, second }: LogSum): void {
  log.writeInt32BE(first, at);
  log.writeInt32BE(second, at + 4);
}
