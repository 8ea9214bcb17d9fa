import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { ValueCodec } from "../../src/codec/codec.ts";
import { compressed } from "../../src/codec/compressed.ts";
import { encrypted } from "../../src/codec/encrypted.ts";
import { json } from "../../src/codec/json.ts";
import { structured } from "../../src/codec/structured.ts";
import { DamagedError } from "../../src/errors.ts";
import { entry } from "../support/entry.ts";

class Point {
  x = 1;
}
class Money {
  cents: unknown = 5n;
}

const codecs: Record<string, ValueCodec> = {
  structured: structured({
    classes: [
      Point,
      {
        class: Money,
        toData: (money) => money.cents,
        fromData: (data) => Object.assign(new Money(), { cents: data }),
      },
    ],
  }),
  json: json(),
  compressed: compressed(json(), { minBytes: 0 }),
  encrypted: encrypted(json(), { key: Buffer.alloc(32, 1) }),
};

const memory = new ArrayBuffer(32);
const cause: Record<string, unknown> = { point: new Point() };
cause.self = cause;

/** Together they make use of every form that structured bytes have. */
const samples: Record<string, unknown[]> = {
  structured: [
    "ASCII text",
    "blåbær 日本語",
    Buffer.from("bytes"),
    Float64Array.of(1, 2, 3),
    { a: [1, 1.5, -0, "x", null, undefined, true, 10n], when: new Date(0), re: /a/g },
    new Map<unknown, unknown>([
      [new Set([1]), new Map()],
      [Object(1), Object("s")],
    ]),
    Object.assign([1], { 5: 2, x: 3 }),
    [new Uint8Array(memory, 0, 9), new Float64Array(memory, 8, 1), new DataView(memory, 30)],
    [new URL("https://a.b/c"), Object.assign(/x/y, { lastIndex: 2 }), new Error("x", { cause })],
    [Object.assign(Object.create(null) as object, { cause }), new Money(), new Money()],
  ],
  json: [{ a: [1, "x", null, true, { b: 1.5 }] }, 12345, "text"],
  compressed: [{ text: "word ".repeat(50) }, "short", "x".repeat(100_000)],
  encrypted: [{ text: "word" }],
};

async function outcome(codec: ValueCodec, bytes: Uint8Array): Promise<string> {
  try {
    await codec.decode(bytes, entry);
    return "a value";
  } catch (error) {
    return error instanceof DamagedError ? "damaged" : String(error);
  }
}

describe.each(Object.entries(codecs))("%s", (name, codec) => {
  test("takes bytes that were cut short for damaged", async () => {
    for (const value of samples[name] ?? []) {
      const bytes = await codec.encode(value, entry);
      const step = Math.ceil(bytes.length / 200);
      for (let length = 0; length < bytes.length; length += step) {
        expect([length, await outcome(codec, bytes.slice(0, length))]).toEqual([length, "damaged"]);
      }
    }
  });

  test("takes the bytes of other codecs for damaged", async () => {
    for (const other of Object.keys(codecs).filter((each) => each !== name)) {
      for (const value of samples[other] ?? []) {
        const bytes = await (codecs[other] as ValueCodec).encode(value, entry);
        expect(await outcome(codec, bytes)).toBe("damaged");
      }
    }
    expect(await outcome(codec, Buffer.from('{"json":1}'))).toBe("damaged");
    expect(await outcome(codec, new Uint8Array(100))).toBe("damaged");
  });

  test("gives a value or tells of damage, whichever bit was flipped", async () => {
    const all = await Promise.all(
      (samples[name] ?? []).map(async (value) => codec.encode(value, entry)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.nat(), fc.nat(7), async (bytes, at, bit) => {
        const changed = Uint8Array.from(bytes);
        const place = at % changed.length;
        changed[place] = (changed[place] ?? 0) ^ (1 << bit);
        expect(["a value", "damaged"]).toContain(await outcome(codec, changed));
      }),
      { numRuns: process.env.CLASS_CACHE_SOAK === "1" ? 500_000 : 3000 },
    );
  });

  test("gives a value or tells of damage for any bytes behind its first one", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(20), async (rest, second) => {
        const first = (await codec.encode("x", entry))[0] as number;
        const bytes = Uint8Array.of(first, second, 0xff, 0x0f, ...rest);
        expect(["a value", "damaged"]).toContain(await outcome(codec, bytes));
      }),
      { numRuns: process.env.CLASS_CACHE_SOAK === "1" ? 500_000 : 3000 },
    );
  });
});
