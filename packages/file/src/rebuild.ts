import type { ReportError } from "@class-cache/mapping";
import type { Block } from "./block.ts";
import { createBlockFile } from "./block-file.ts";
import type { Epoch } from "./epoch.ts";
import { remove, syncFolder } from "./file-system.ts";
import { HASH_DIGITS, hashDigit } from "./key-hash.ts";
import { POINTER_BYTES } from "./pointer.ts";
import type { RecordView, RecordWriter } from "./record.ts";
import { MOVED, POINTER } from "./record.ts";

/** Blocks that a block splits into: one for each next hexadecimal digit. */
const CHILDREN = 16;

/**
 * Puts in a sealed block's place one without the dead records, or, where that would be too large
 * still, one for each next digit of the hash. The children are written first, and count from the
 * moment their parent's file is removed. Asks for the store's lock.
 *
 * @param now records that have expired by then are left out
 */
export async function replaceBlock(
  epoch: Epoch,
  block: Block,
  writer: RecordWriter,
  maxBlockBytes: number,
  now: number,
  report: ReportError,
): Promise<void> {
  const records = block.readAll(report).filter((record) => record.expires > now);
  const frames = records.map((record) => plainFrame(record, writer, epoch.salt));
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  const { prefix } = block;
  if (bytes <= maxBlockBytes || frames.length < 2 || prefix.length === HASH_DIGITS) {
    await createBlockFile(epoch.folder, prefix, frames);
    return;
  }
  const children = Array.from({ length: CHILDREN }, (): Buffer[] => []);
  for (const [index, record] of records.entries()) {
    children[hashDigit(record.hash, prefix.length)]!.push(frames[index]!);
  }
  await Promise.all(
    children.map((child, digit) =>
      createBlockFile(epoch.folder, prefix + digit.toString(16), child),
    ),
  );
  await syncFolder(epoch.folder);
  remove(block.path);
}

/** A record without the condition under which it was written, which its log has met. */
function plainFrame(record: RecordView, writer: RecordWriter, salt: number): Buffer {
  const flags = record.flags & POINTER;
  if (flags === record.flags) return record.bytes;
  const { hash, storedAt, expiresAt, cost, key } = record;
  const value = record.flags & MOVED ? record.value.subarray(0, POINTER_BYTES) : record.value;
  return writer.frame(salt, { flags, hash, storedAt, expiresAt, cost }, key, value);
}
