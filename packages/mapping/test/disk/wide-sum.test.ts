import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { mixBytes, mixPieces } from "@class-cache/mapping/disk";
import fc from "fast-check";
import openWabt from "wabt";
import { wideSumWasm } from "../../src/disk/wide-sum-wasm.ts";
import {
  BLOCK_BYTES,
  mixBlocks,
  mixBlocksBy,
  scriptMachine,
  webAssemblyMachine,
} from "../../src/disk/wide-sum.ts";

/** Bytes without a pattern, the same in every run. */
function bytesOf(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1103515245) + 12345;
    return state >>> 24;
  });
}

describe("the sum of many bytes", () => {
  test("stays what it is, since it is stored", () => {
    expect(mixBlocks(7, [bytesOf(1024)])).toBe(-1130852185);
    expect(mixBytes(7, bytesOf(100_003))).toBe(932305707);
  });

  test("is the same by WebAssembly and without", () => {
    const machine = webAssemblyMachine()!;
    const script = scriptMachine();
    const blocks = fc.integer({ min: 1, max: 700 });
    fc.assert(
      fc.property(fc.integer(), blocks, fc.nat(7), (sum, count, offset) => {
        const bytes = bytesOf(count * BLOCK_BYTES + offset).subarray(offset);
        expect(mixBlocksBy(machine, sum, [bytes])).toBe(mixBlocksBy(script, sum, [bytes]));
      }),
      { numRuns: 50 },
    );
  });

  test("shows every flipped bit, wherever it is", () => {
    for (const length of [1024, 1024 + 77]) {
      const bytes = bytesOf(length);
      const sum = mixBytes(5, bytes);
      const unseen: number[] = [];
      for (let bit = 0; bit < length * 8; bit += 1) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        if (mixBytes(5, bytes) === sum) unseen.push(bit);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
      expect(unseen).toEqual([]);
    }
  });

  test("shows words that have changed places", () => {
    const bytes = bytesOf(2048);
    const sum = mixBytes(5, bytes);
    const unseen: number[][] = [];
    for (let first = 0; first < 2048; first += 60) {
      for (let second = first + 4; second < 2048; second += 4) {
        const swapped = bytes.slice();
        swapped.set(bytes.subarray(first, first + 4), second);
        swapped.set(bytes.subarray(second, second + 4), first);
        if (mixBytes(5, swapped) === sum) unseen.push([first, second]);
      }
    }
    expect(unseen).toEqual([]);
  });

  test("shows blocks that have changed places, or are there once more", () => {
    const bytes = bytesOf(64 * BLOCK_BYTES);
    const sum = mixBlocks(5, [bytes]);
    for (let at = BLOCK_BYTES; at < bytes.length; at += BLOCK_BYTES) {
      const changed = bytes.slice();
      changed.copyWithin(at, 0, BLOCK_BYTES);
      expect(mixBlocks(5, [changed])).not.toBe(sum);
      changed.set(bytes.subarray(at, at + BLOCK_BYTES), 0);
      expect(mixBlocks(5, [changed])).not.toBe(sum);
    }
  });

  test("is the same of bytes that lie in pieces", () => {
    const lengths = fc.array(fc.oneof(fc.nat(300), fc.nat(5000)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.integer(), lengths, (sum, parts) => {
        const whole = bytesOf(parts.reduce((total, length) => total + length, 0));
        let at = 0;
        const pieces = parts.map((length) => whole.subarray(at, (at += length)));
        expect(mixPieces(sum, pieces)).toBe(mixBytes(sum, whole));
      }),
      { numRuns: 300 },
    );
  });

  test("is compiled from the source beside it", async () => {
    const url = new URL("../../src/disk/wide-sum.wat", import.meta.url);
    const wabt = await openWabt();
    const compiled = wabt.parseWat("wide-sum.wat", readFileSync(url, "utf8"), { simd: true });
    const bytes = Buffer.from(compiled.toBinary({}).buffer);
    expect(bytes.toString("base64")).toBe(wideSumWasm);
  });
});
