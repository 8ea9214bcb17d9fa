import { crc32 } from "node:zlib";
import { VarintReader } from "../engine-files/varint.ts";
import { isEntryRow } from "../row-keys.ts";

/** A batch begins with its sequence number (8 bytes) and the number of its changes (4). */
const HEAD_BYTES = 12;
const PUT = 1;

/** For each change what tells whether it is lost: its length, its CRC-32, and the length of what takes its place. */
const NUMBERS = 3;

/** Head and end of an entry's row without bytes, between which its key stands. */
const before: Buffer = Buffer.of(PUT);
const behind: Buffer = Buffer.of(0);

/**
 * What takes the place of a batch that is lost: the same changes, in which no entry has a value any
 * more. A row without bytes reads as damaged, so that nothing which the batch had replaced or deleted
 * is answered again. All other rows are kept as they are: they are few and short.
 *
 * @returns it, and what tells which of its changes are not lost: nothing where there is but one
 */
export function lostBatch(batch: Buffer): { lost: Buffer; changes: Uint8Array } {
  const kept: Uint8Array[] = [batch.subarray(0, HEAD_BYTES)];
  const numbers: number[] = [];
  const reader = new VarintReader(batch, HEAD_BYTES);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const [kind] = reader.bytes(1) ?? [];
    const key = reader.bytes() ?? Buffer.alloc(0);
    const keyEnd = reader.at;
    if (kind === PUT) reader.bytes();
    const change = batch.subarray(start, reader.at);
    const isEntry = isEntryRow(key);
    if (isEntry) kept.push(before, batch.subarray(start + 1, keyEnd), behind);
    else kept.push(change);
    numbers.push(change.length, crc32(change), isEntry ? keyEnd - start + 1 : change.length);
  }
  // The sum of the whole batch says as much of one.
  const known = numbers.length > NUMBERS ? numbers : [];
  return { lost: Buffer.concat(kept), changes: new Uint8Array(Uint32Array.from(known).buffer) };
}

/**
 * A batch of which only the changes are lost that are not as they were written.
 *
 * @param found what there is of it
 */
export function salvagedBatch(found: Buffer, lost: Uint8Array, changes: Uint8Array): Uint8Array {
  if (changes.length === 0) return lost;
  const numbers = new Uint32Array(changes.slice().buffer);
  const parts = [lost.subarray(0, HEAD_BYTES)];
  let at = HEAD_BYTES;
  let lostAt = HEAD_BYTES;
  for (let index = 0; index + NUMBERS <= numbers.length; index += NUMBERS) {
    const end = at + numbers[index]!;
    const lostEnd = lostAt + numbers[index + 2]!;
    const isWhole = end <= found.length && crc32(found.subarray(at, end)) === numbers[index + 1];
    parts.push(isWhole ? found.subarray(at, end) : lost.subarray(lostAt, lostEnd));
    at = end;
    lostAt = lostEnd;
  }
  return Buffer.concat(parts);
}
