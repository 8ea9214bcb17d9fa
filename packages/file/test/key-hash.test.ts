import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { HASH_BYTES, KeyHash } from "../src/key-hash.ts";

const ascii = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 15 });

describe("the hash of a key", () => {
  test("that is short is unlike that of any other short key", () => {
    const near = fc.tuple(ascii, fc.nat(14), fc.nat(6)).map(([key, at, bit]) => {
      const codes = Array.from(Buffer.from(key, "latin1"));
      if (at < codes.length) codes[at]! ^= 1 << bit;
      return [key, String.fromCharCode(...codes)] as const;
    });
    const extended = ascii.map((key) => [key, `${key.slice(0, 14)}\0`] as const);
    fc.assert(
      fc.property(fc.oneof(near, extended, fc.tuple(ascii, ascii)), ([one, other]) => {
        expect(KeyHash.of(one).equals(KeyHash.of(other))).toBe(one === other);
      }),
      { numRuns: 2000 },
    );
  });

  test("that is short can be had from its bytes", () => {
    fc.assert(
      fc.property(ascii, fc.nat(20), (key, at) => {
        const bytes = Buffer.concat([Buffer.alloc(at, 0xff), Buffer.from(key), Buffer.alloc(9, 7)]);
        expect(KeyHash.of(key).isShort).toBe(true);
        expect(KeyHash.ofShort(bytes, at, key.length)).toEqual(KeyHash.of(key));
      }),
    );
  });

  test("that is long, or not all ASCII, is a digest, which is unlike that of any short key", () => {
    const other = fc.constantFrom("é", "\u0080", "𐀀", "\ud800");
    const notAscii = fc.tuple(ascii, other).map(([key, unit]) => key.slice(1) + unit);
    const long = fc.oneof(
      notAscii,
      ascii.map((key) => key.padEnd(16, "-")),
    );
    fc.assert(
      fc.property(long, ascii, (key, short) => {
        expect(KeyHash.of(key).isShort).toBe(false);
        const digest = createHash("sha256").update(key).digest().subarray(0, HASH_BYTES);
        digest[HASH_BYTES - 1]! |= 0x80;
        expect(KeyHash.of(key).toString()).toBe(digest.toString("hex"));
        expect(KeyHash.of(key).equals(KeyHash.of(short))).toBe(false);
      }),
    );
  });

  test("leads keys that are like each other to blocks and slots far apart", () => {
    const keys = Array.from({ length: 1 << 16 }, (_, number) => KeyHash.of(`"key-${number}"`));
    for (const position of [0, 1, 2, 7, 8, 15, 16, 23, 24, 29]) {
      const times = new Uint32Array(16);
      for (const key of keys) times[key.digit(position)]! += 1;
      // 4096 on average, with a deviation of 62.
      for (const one of times) expect(Math.abs(one - 4096)).toBeLessThan(5 * 62);
    }
    const slots = new Set(keys.map(({ b }) => (b >>> 0) % (1 << 16)));
    // 1 - 1/e of them, where each goes anywhere.
    expect(Math.abs(slots.size / (1 << 16) - 0.632)).toBeLessThan(0.01);
  });
});
