import { describe, expect, test } from "@jest/globals";
import { mixBytes, mixText, mixView } from "@class-cache/mapping/disk";

/** Bytes without a pattern, the same in every run. */
function bytesOf(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = Math.imul(state, 1103515245) + 12345;
    return state >>> 24;
  });
}

function withFlipped(bytes: Uint8Array, ...bits: number[]): Uint8Array {
  const flipped = bytes.slice();
  for (const bit of bits) flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

describe("the checksum of bytes", () => {
  test("stays what it is, since it is stored", () => {
    expect(mixBytes(7, bytesOf(0))).toBe(-403245407);
    expect(mixBytes(7, bytesOf(99))).toBe(753444557);
    expect(mixText(7, "kéy")).toBe(-946321684);
  });

  test("shows every flipped bit, wherever it is", () => {
    for (let length = 1; length < 72; length += 1) {
      const bytes = bytesOf(length);
      const sums = Array.from({ length: length * 8 }, (_, bit) =>
        mixBytes(5, withFlipped(bytes, bit)),
      );
      expect(sums).not.toContain(mixBytes(5, bytes));
    }
  });

  test("shows two flipped bits", () => {
    const bytes = bytesOf(64);
    const sums = new Set<number>();
    let count = 0;
    for (let first = 0; first < 512; first += 7) {
      for (let second = first + 1; second < 512; second += 3) {
        sums.add(mixBytes(5, withFlipped(bytes, first, second)));
        count += 1;
      }
    }
    expect(sums.has(mixBytes(5, bytes))).toBe(false);
    // Of so few, hardly two should have a sum in common.
    expect(sums.size).toBeGreaterThan(count - 3);
  });

  test("shows words that have changed places", () => {
    const bytes = bytesOf(64);
    const sum = mixBytes(5, bytes);
    for (let first = 0; first < 64; first += 4) {
      for (let second = first + 4; second < 64; second += 4) {
        const swapped = bytes.slice();
        swapped.set(bytes.subarray(first, first + 4), second);
        swapped.set(bytes.subarray(second, second + 4), first);
        expect(mixBytes(5, swapped)).not.toBe(sum);
      }
    }
  });

  test("is the same wherever the bytes lie in memory", () => {
    for (const length of [0, 3, 16, 33, 100]) {
      const bytes = bytesOf(length);
      for (let offset = 0; offset < 8; offset += 1) {
        const moved = Buffer.alloc(length + 8).subarray(offset, offset + length);
        moved.set(bytes);
        expect(mixBytes(5, moved)).toBe(mixBytes(5, bytes));
      }
    }
  });

  test("differs by what it goes on from", () => {
    const sums = Array.from({ length: 1000 }, (_, seed) => mixBytes(seed, bytesOf(40)));
    expect(new Set(sums).size).toBe(1000);
  });

  test("is the same for a stretch of a view, wherever that begins", () => {
    const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
    for (const length of [0, 1, 3, 4, 15, 16, 17, 63, 64, 99]) {
      for (const from of [0, 1, 2, 3, 4, 13]) {
        const bytes = Uint8Array.from({ length: from + length + 5 }, (_, at) => at * 7 + length);
        const stretch = bytes.slice(from, from + length);
        const sum = mixView(7, new DataView(bytes.buffer), from, from + length);
        expect(sum).toBe(mixView(7, new DataView(stretch.buffer), 0, length));
        if (littleEndian) expect(sum).toBe(mixBytes(7, stretch));
      }
    }
  });
});
