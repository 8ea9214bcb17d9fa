import type { StoredRecord } from "@class-cache/mapping";
import { mixBytes, mixText, mixWord } from "@class-cache/mapping/disk";

const numbers = new Float64Array(6);
const words = new Uint32Array(numbers.buffer);

/**
 * Checksums are signed numbers of 32 bits, which nearly all take the same room in a row: a row that
 * is written anew in the same size needs no new pages.
 *
 * Of everything but the value, so that records can be trusted without reading values.
 *
 * @param mapping the number of the mapping
 */
export function headChecksum(mapping: number, record: StoredRecord): number {
  const { key, bytes, storedAt, expiresAt, cost } = record;
  numbers[0] = mapping;
  numbers[1] = bytes;
  // Of -0, which has other bits, SQLite gives 0 back.
  numbers[2] = storedAt + 0;
  numbers[3] = (expiresAt ?? 0) + 0;
  numbers[4] = (cost ?? 0) + 0;
  numbers[5] = (expiresAt === undefined ? 1 : 0) + (cost === undefined ? 2 : 0);
  let sum = 0;
  for (let index = 0; index < words.length; index += 1) sum = mixWord(sum, words[index] as number);
  return mixText(sum, key);
}

/** Of the value, and by its seed of everything else: a value cannot pass for another key's. */
export function bodyChecksum(head: number, value: Uint8Array): number {
  return mixBytes(head, value);
}
