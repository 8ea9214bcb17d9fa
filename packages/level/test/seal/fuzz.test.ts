import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { fuzz } from "@class-cache/testkit/fuzzing";
import { lostBatch, salvagedBatch } from "../../src/seal/batch.ts";
import type { Seal } from "../../src/seal/seal.ts";
import {
  decodeBatches,
  decodeSeal,
  decodeTableDetails,
  encodeBatches,
  encodeSeal,
  encodeTableDetails,
} from "../../src/seal/seal.ts";
import { unlessRefused } from "../unless-refused.ts";

const batch = Buffer.concat([
  Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
  Buffer.from([1, 3, 97, 98, 99, 2, 120, 121, 0, 1, 122]),
]);

const tableDetails = encodeTableDetails({
  digest: Buffer.from("digest"),
  index: Buffer.from("index"),
  rows: Buffer.from("rows"),
});

const seal = encodeSeal({
  current: { name: "CURRENT", bytes: Buffer.from("MANIFEST-1") },
  manifest: { name: "MANIFEST-1", bytes: Buffer.from("list") },
  logs: [{ name: "1.log", size: 9, sum: 8, details: () => encodeBatches([]) }],
  tables: [{ name: "2.ldb", size: 9, sum: 8, details: () => tableDetails }],
  rows: [{ key: "i", value: Buffer.from("place") }],
});

/** Makes the checksum of a seal right. */
function mendSeal(bytes: Buffer): Buffer {
  if (bytes.length >= 12) {
    seal.copy(bytes, 0, 0, 4);
    const length = Math.min(bytes.readUInt32LE(8), bytes.length - 12);
    bytes.writeUInt32LE(length, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(12, 12 + length), bytes.readUInt32LE(0)), 4);
  }
  return bytes;
}

function readSeal(bytes: Buffer): Seal | undefined {
  return decodeSeal((offset, length) => bytes.subarray(offset, offset + length));
}

fuzz({
  test,
  name: "seals of databases",
  corpus: new URL("../corpus/seals/", import.meta.url),
  covers: /level\/src\/(seal\/(seal|batch)|byte-reader)\.ts/,
  seeds: [
    seal,
    batch,
    Buffer.from(tableDetails),
    encodeBatches([{ length: 3, sum: 4, ...lostBatch(batch) }]),
  ],
  mend: mendSeal,
  run(input) {
    const found = unlessRefused(() => readSeal(input));
    if (found !== undefined) {
      const again = encodeSeal(found);
      expect(encodeSeal(readSeal(again)!)).toEqual(again);
    }
    const details = unlessRefused(() => decodeTableDetails(input));
    if (details !== undefined) {
      expect(decodeTableDetails(encodeTableDetails(details))).toEqual(details);
    }
    const batches = unlessRefused(() => decodeBatches(input));
    if (batches !== undefined) expect(decodeBatches(encodeBatches(batches))).toEqual(batches);
    if (input.length < 12) return;
    const { lost, changes } = lostBatch(input);
    expect(lost.length).toBeLessThanOrEqual(2 * input.length);
    expect(salvagedBatch(Buffer.alloc(0), lost, changes)).toEqual(lost);
    if (changes.length > 0) expect(salvagedBatch(input, lost, changes)).toEqual(input);
  },
});
