import { VarintReader } from "../engine-files/varint.ts";
import { isEntryRow } from "../row-keys.ts";

/** A batch begins with its sequence number (8 bytes) and the number of its changes (4). */
const HEAD_BYTES = 12;
const PUT = 1;

/**
 * What takes the place of a batch that is lost: the same changes, in which no entry has a value any
 * more. A row without bytes reads as damaged, so that nothing which the batch had replaced or deleted
 * is answered again. All other rows are kept as they are: they are few and short.
 */
export function lostBatch(batch: Buffer): Buffer {
  const kept: Uint8Array[] = [batch.subarray(0, HEAD_BYTES)];
  const reader = new VarintReader(batch, HEAD_BYTES);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const [kind] = reader.bytes(1) ?? [];
    const key = reader.bytes() ?? Buffer.alloc(0);
    const keyWithLength = batch.subarray(start + 1, reader.at);
    if (kind === PUT) reader.bytes();
    if (isEntryRow(key)) kept.push(Buffer.of(PUT), keyWithLength, Buffer.of(0));
    else kept.push(batch.subarray(start, reader.at));
  }
  return Buffer.concat(kept);
}
