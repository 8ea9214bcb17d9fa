import { maskedChecksum } from "./crc32c.ts";
import type { FileDamage } from "./file-damage.ts";
import type { StoredRow } from "./stored-row.ts";
import { VarintReader } from "./varint.ts";

/** No part of a record crosses the end of such a block. */
export const LOG_BLOCK_BYTES: number = 32 * 1024;
/** Before each part of a record: its checksum, its length and its kind. */
export const PART_HEADER_BYTES = 7;
/** Kinds of parts. None: of space that was made before it was needed. */
const NONE = 0;
export const WHOLE = 1;
export const FIRST = 2;
export const LAST = 4;
/** Before the changes of a batch: the number of the first, and how many there are. */
export const BATCH_HEADER_BYTES = 12;
const VALUE_MARK = 1;

interface Part {
  readonly kind: number;
  readonly content: Buffer;
  /** Where what follows begins. */
  readonly end: number;
}

/**
 * Looks at every record of one of LevelDB's logs by its checksum. What is cut short at the very end is
 * what a writer has just begun, or never acknowledged.
 *
 * @param least so many bytes of it are known to have been whole
 */
export function inspectLog(file: Buffer, least: number = 0): FileDamage[] {
  const damages = Array.from(partsOf(file)).filter((part) => "problem" in part);
  const end = endOfLog(file);
  if (damages.length === 0 && end < least) {
    damages.push({ offset: end, problem: "What follows in the log is damaged or missing." });
  }
  return damages;
}

/** Where the last part of a log ends that is sound. */
export function endOfLog(file: Buffer): number {
  let end = 0;
  for (const part of partsOf(file)) if (!("problem" in part)) ({ end } = part);
  return end;
}

/** The records of a log of which every part is sound. */
export function* recordsOf(file: Buffer): Iterable<Buffer> {
  let parts: Buffer[] = [];
  for (const part of partsOf(file)) {
    if ("problem" in part) {
      parts = [];
      continue;
    }
    const { kind, content } = part;
    const begins = kind === WHOLE || kind === FIRST;
    if (!begins && parts.length === 0) continue;
    parts = begins ? [content] : [...parts, content];
    if (kind !== WHOLE && kind !== LAST) continue;
    yield Buffer.concat(parts);
    parts = [];
  }
}

/** The rows that the sound batches of a log put and delete. */
export function* rowsOfLog(file: Buffer): Iterable<StoredRow> {
  for (const batch of recordsOf(file)) {
    if (batch.length < BATCH_HEADER_BYTES) continue;
    let sequence = batch.readBigUInt64LE(0);
    const reader = new VarintReader(batch, BATCH_HEADER_BYTES);
    while (!reader.isAtEnd) {
      const mark = reader.bytes(1)?.[0];
      const key = reader.bytes();
      const value = mark === VALUE_MARK ? reader.bytes() : undefined;
      if (key === undefined || (mark === VALUE_MARK && value === undefined)) break;
      yield { key, sequence, value };
      sequence += 1n;
    }
  }
}

function* partsOf(file: Buffer): Iterable<Part | FileDamage> {
  for (let start = 0; start < file.length; start += LOG_BLOCK_BYTES) {
    const block = file.subarray(start, start + LOG_BLOCK_BYTES);
    for (let at = 0; at + PART_HEADER_BYTES <= block.length;) {
      const kind = block[at + 6]!;
      const end = endOfPart(block, at);
      if (kind === NONE && end === at + PART_HEADER_BYTES) break;
      if (isSoundPart(block, at)) {
        const content = block.subarray(at + PART_HEADER_BYTES, end);
        yield { kind, content, end: start + end };
      } else {
        if (start + LOG_BLOCK_BYTES >= file.length && isCutPart(block, at)) break;
        yield { offset: start + at, problem: "A record of the log is damaged." };
        // The length itself may be what is wrong.
        if (!isSoundPart(block, end)) break;
      }
      at = end;
    }
  }
}

function endOfPart(block: Buffer, at: number): number {
  return at + PART_HEADER_BYTES + block.readUInt16LE(at + 4);
}

function isSoundPart(block: Buffer, at: number): boolean {
  if (at + PART_HEADER_BYTES > block.length) return false;
  const end = endOfPart(block, at);
  if (end > block.length) return false;
  return maskedChecksum(block.subarray(at + 6, end)) === block.readUInt32LE(at);
}

/** Whether a part in the last block of a log may be one of which only the beginning was written. */
export function isCutPart(block: Buffer, at: number): boolean {
  const kind = block[at + 6]!;
  const end = endOfPart(block, at);
  return kind >= WHOLE && kind <= LAST && end > block.length && end <= LOG_BLOCK_BYTES;
}
