import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { flipBack } from "../../src/seal/single-flip.ts";

test("any one bit that was flipped is flipped back", () => {
  const bytes = randomBytes(60);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(flipBack(damaged, crc32(bytes))).toBe(true);
    expect(damaged).toEqual(bytes);
  }
});

test("where more is damaged, nothing is changed", () => {
  const bytes = randomBytes(60);
  for (let bit = 0; bit < bytes.length * 8 - 1; bit += 1) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    damaged[(bit + 1) >> 3]! ^= 1 << ((bit + 1) & 7);
    const before = Buffer.from(damaged);
    expect(flipBack(damaged, crc32(bytes))).toBe(false);
    expect(damaged).toEqual(before);
  }
});
