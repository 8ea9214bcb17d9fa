import { afterEach, describe, expect, test } from "@jest/globals";
import { randomBytes } from "node:crypto";
import { types } from "node:util";
import zlib from "node:zlib";
import { compressed } from "../../src/codec/compressed.ts";
import type { ValueCodec } from "../../src/codec/codec.ts";
import { json } from "../../src/codec/json.ts";
import { structured } from "../../src/codec/structured.ts";
import { entry, roundTrip } from "../support/entry.ts";
import { sameGraph } from "../support/same-graph.ts";

const algorithms = ["brotli", "gzip", "zstd"] as const;
const words = (count: number): string =>
  Array.from({ length: count }, (_, at) => `word ${at % 97}`).join(" ");

const { zstdCompressSync } = zlib;
afterEach(() => {
  zlib.zstdCompressSync = zstdCompressSync;
});

async function bytesOf(codec: ValueCodec, value: unknown): Promise<Uint8Array> {
  return codec.encode(value, entry);
}

describe.each(algorithms)("with %s", (algorithm) => {
  const codec = compressed(structured(), { algorithm });

  test.each<[string, unknown]>([
    ["a small value", { a: 1, when: new Date(0) }],
    ["a value just large enough", "x".repeat(1024)],
    ["a large text", words(20_000)],
    ["large data", { list: Array.from({ length: 20_000 }, (_, at) => ({ at })) }],
    ["bytes that do not shrink", randomBytes(4096)],
    ["many bytes that do not shrink", randomBytes(200_000)],
    ["undefined", undefined],
  ])("reads back what was stored: %s", async (_name, value) => {
    expect(sameGraph(await roundTrip(codec, value), value)).toBe(true);
  });

  test("makes what repeats smaller", async () => {
    expect((await bytesOf(codec, words(1000))).length).toBeLessThan(words(1000).length / 4);
    expect((await bytesOf(codec, words(100_000))).length).toBeLessThan(words(100_000).length / 4);
  });

  test("stores as it is what is small or does not shrink", async () => {
    const plain = structured();
    for (const value of ["x".repeat(900), randomBytes(4096), randomBytes(100_000)]) {
      const raw = (await bytesOf(plain, value)).length;
      expect((await bytesOf(codec, value)).length).toBe(raw + 2);
    }
  });

  test("leaves the event loop free while it works on large values", async () => {
    expect(codec.encode(words(1000), entry)).toBeInstanceOf(Uint8Array);
    const encoding = codec.encode(words(100_000), entry);
    expect(types.isPromise(encoding)).toBe(true);
    const bytes = await encoding;
    const decoding = codec.decode(bytes, entry);
    expect(types.isPromise(decoding)).toBe(true);
    bytes.fill(0);
    expect(await decoding).toBe(words(100_000));
  });

  test("takes bytes that were cut short for damaged, wherever they were cut", async () => {
    for (const value of [words(400), words(50_000)]) {
      const bytes = await bytesOf(codec, value);
      for (const length of [0, 1, 2, 7, 8, 9, 40, bytes.length - 5, bytes.length - 1]) {
        await expect(
          (async () => codec.decode(bytes.subarray(0, length), entry))(),
        ).rejects.toThrow(expect.objectContaining({ code: "ERR_DAMAGED" }));
      }
    }
  });

  test.each([1, -1, 1000])("inflates no more than was stored: off by %d", async (difference) => {
    for (const value of [words(400), words(50_000)]) {
      const bytes = Buffer.from(await bytesOf(codec, value));
      bytes.writeUIntLE(bytes.readUIntLE(2, 6) - difference, 2, 6);
      await expect((async () => codec.decode(bytes, entry))()).rejects.toThrow(
        expect.objectContaining({ code: "ERR_DAMAGED" }),
      );
    }
  });

  test("reads what every algorithm wrote", async () => {
    for (const other of algorithms) {
      const bytes = await bytesOf(compressed(structured(), { algorithm: other }), words(1000));
      expect(await codec.decode(bytes, entry)).toBe(words(1000));
    }
  });
});

test.each([
  ["brotli", zlib.brotliCompressSync, 1],
  ["gzip", zlib.gzipSync, 2],
  ["zstd", zlib.zstdCompressSync, 3],
] as const)("stops a %s bomb at the length that was declared", (_name, compress, mark) => {
  const bomb = Buffer.concat([Buffer.alloc(8), compress(Buffer.alloc(10_000_000))]);
  bomb.write("C", 0);
  bomb.writeUInt8(mark, 1);
  bomb.writeUIntLE(1000, 2, 6);
  expect(() => compressed(json()).decode(bomb, entry)).toThrow(
    expect.objectContaining({
      code: "ERR_DAMAGED",
      cause: expect.objectContaining({ code: "ERR_BUFFER_TOO_LARGE" }),
    }),
  );
});

test("compresses from the size that was asked for", async () => {
  const text = "x".repeat(500);
  const bytes = (minBytes?: number): Promise<Uint8Array> =>
    bytesOf(compressed(json(), { minBytes }), text);
  expect((await bytes(undefined)).length).toBeGreaterThan(500);
  expect((await bytes(501)).length).toBeLessThan(100);
  expect((await bytes(505)).length).toBeGreaterThan(500);
  expect((await bytes(0)).length).toBeLessThan(100);
});

test("uses brotli by default, also for an explicit undefined", async () => {
  const bytes = await bytesOf(compressed(json(), { algorithm: undefined }), words(1000));
  expect(zlib.brotliDecompressSync(bytes.subarray(8)).toString()).toContain("word 96");
});

test("tells its name and what is below", () => {
  const inner = structured();
  expect(compressed(inner).name).toBe("compressed(structured)");
  expect(compressed(inner).base).toBe(inner);
  expect(compressed(compressed(inner)).base).toBe(inner);
});

test.each([
  ["algorithm", { algorithm: "lzma" }],
  ["algorithm", { algorithm: "toString" }],
  ["algorithm", { algorithm: null }],
  ["minBytes", { minBytes: -1 }],
  ["minBytes", { minBytes: Number.NaN }],
  ["minBytes", { minBytes: "1k" }],
])("refuses an unusable %s: %p", (option, options) => {
  expect(() => compressed(json(), options as never)).toThrow(
    expect.objectContaining({ code: "ERR_OPTION", option }),
  );
});

describe("on a Node.js without zstd", () => {
  test("asking for it is an error that says which version has it", () => {
    zlib.zstdCompressSync = undefined as never;
    expect(() => compressed(json(), { algorithm: "zstd" })).toThrow(
      expect.objectContaining({
        code: "ERR_UNSUPPORTED_RUNTIME",
        message: expect.stringContaining("22.15"),
      }),
    );
  });

  test("what was stored with it is a miss", async () => {
    const bytes = await bytesOf(compressed(json(), { algorithm: "zstd" }), words(1000));
    zlib.zstdCompressSync = undefined as never;
    expect(() => compressed(json()).decode(bytes, entry)).toThrow(
      expect.objectContaining({ code: "ERR_DAMAGED" }),
    );
  });
});
