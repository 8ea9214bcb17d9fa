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
const LAST = 4;
/** Before the changes of a batch: the number of the first, and how many there are. */
export const BATCH_HEADER_BYTES = 12;
const VALUE_MARK = 1;

interface Part {
  readonly kind: number;
  readonly content: Buffer;
}

/**
 * Looks at every record of one of LevelDB's logs by its checksum. What is cut short at the very end is
 * what a writer has just begun, or never acknowledged.
 */
export function inspectLog(file: Buffer): FileDamage[] {
  return Array.from(partsOf(file)).filter((part) => "problem" in part);
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
      const length = block.readUInt16LE(at + 4);
      const kind = block[at + 6]!;
      const end = at + PART_HEADER_BYTES + length;
      if (kind === NONE && length === 0) break;
      const isCut = end > block.length;
      if (isCut && start + LOG_BLOCK_BYTES >= file.length && kind <= LAST) break;
      if (isCut || maskedChecksum(block.subarray(at + 6, end)) !== block.readUInt32LE(at)) {
        // The length itself may be what is wrong: what follows in the block cannot be told apart.
        yield { offset: start + at, problem: "A record of the log is damaged." };
        break;
      }
      yield { kind, content: block.subarray(at + PART_HEADER_BYTES, end) };
      at = end;
    }
  }
}
