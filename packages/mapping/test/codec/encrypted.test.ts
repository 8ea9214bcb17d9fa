import { describe, expect, test } from "@jest/globals";
import { createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { inspect, types } from "node:util";
import type { CodecContext } from "../../src/codec/codec.ts";
import { compressed } from "../../src/codec/compressed.ts";
import { encrypted } from "../../src/codec/encrypted.ts";
import { json } from "../../src/codec/json.ts";
import { structured } from "../../src/codec/structured.ts";
import { OptionError } from "../../src/errors.ts";
import { entry, roundTrip } from "../support/entry.ts";
import { sameGraph } from "../support/same-graph.ts";

const key = randomBytes(32);
const codec = encrypted(structured(), { key });
const secret = "a secret that must not show";
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").slice(0, 8);
const damaged = expect.objectContaining({ code: "ERR_DAMAGED" });

const bytesFor = (value: unknown, context: CodecContext = entry): Uint8Array =>
  codec.encode(value, context) as Uint8Array;

test.each<[string, unknown]>([
  ["a text", secret],
  ["undefined", undefined],
  ["nothing but bytes", Buffer.alloc(0)],
  ["data", { map: new Map([[secret, new Date(0)]]) }],
  ["a large value", randomBytes(300_000)],
])("reads back what was stored: %s", async (_name, value) => {
  expect(sameGraph(await roundTrip(codec, value), value)).toBe(true);
});

test("shows nothing of the value, and never the same bytes twice", () => {
  const [first, second] = [bytesFor(secret), bytesFor(secret)];
  expect(Buffer.from(first).toString("latin1")).not.toContain(secret.slice(0, 8));
  expect(Buffer.from(first).equals(second)).toBe(false);
});

test("wraps other codecs, also those that take their time", async () => {
  const both = encrypted(compressed(json()), { key });
  const value = { text: "word ".repeat(50_000) };
  expect(both.name).toBe("encrypted(compressed(json))");
  expect(both.base?.name).toBe("json");
  expect(types.isPromise(both.encode(value, entry))).toBe(true);
  expect(await roundTrip(both, value)).toEqual(value);
  const inner = structured();
  expect(encrypted(inner, { key }).base).toBe(inner);
});

describe("does not decrypt", () => {
  test("with another key", () => {
    const other = encrypted(structured(), { key: randomBytes(32) });
    expect(() => other.decode(bytesFor(secret), entry)).toThrow(damaged);
  });

  test("when any byte was changed, or any was cut off", () => {
    const bytes = bytesFor("text");
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(() => codec.decode(changed, entry)).toThrow(damaged);
      expect(() => codec.decode(bytes.subarray(0, at), entry)).toThrow(damaged);
    }
  });

  test.each<[string, CodecContext, CodecContext]>([
    ["under another id", { id: "a", key: "k" }, { id: "b", key: "k" }],
    ["under another key", { id: "a", key: "k" }, { id: "a", key: "l" }],
    ["when id and key together are the same", { id: "ab", key: "c" }, { id: "a", key: "bc" }],
    ["when only the length of a part differs", { id: "a\0", key: "b" }, { id: "a", key: "\0b" }],
    ["for lone surrogates", { id: "\ud800", key: "k" }, { id: "\udfff", key: "k" }],
  ])("%s", (_name, from, to) => {
    const bytes = bytesFor(secret, from);
    expect(codec.decode(bytes, from)).toBe(secret);
    expect(() => codec.decode(bytes, to)).toThrow(damaged);
  });
});

test("what was written for one store is read in no other, be that one named or not", () => {
  const names = [undefined, "", "one", "two", "@one"];
  const codecs = names.map((store) => encrypted(structured(), { key, store }));
  for (const [at, writer] of codecs.entries()) {
    const bytes = writer.encode(secret, entry) as Uint8Array;
    for (const [other, reader] of codecs.entries()) {
      if (at === other) expect(reader.decode(bytes, entry)).toBe(secret);
      else expect(() => reader.decode(bytes, entry)).toThrow(damaged);
    }
  }
  expect(() => encrypted(structured(), { key, store: 1 as never })).toThrow("store must be a text");
});

describe("the key", () => {
  test("may be bytes or a KeyObject, which are the same", () => {
    for (const same of [Uint8Array.from(key), createSecretKey(key)]) {
      expect(encrypted(structured(), { key: same }).decode(bytesFor(secret), entry)).toBe(secret);
    }
  });

  test("is copied, so that its bytes can be wiped", () => {
    const own = Buffer.from(key);
    const wiped = encrypted(structured(), { key: own });
    own.fill(0);
    expect(wiped.decode(bytesFor(secret), entry)).toBe(secret);
  });

  test.each<[string, unknown]>([
    ["too short", randomBytes(16)],
    ["too long", randomBytes(33)],
    ["a passphrase", "correct horse battery staple 123"],
    ["an array", Array.from(key)],
    ["absent", undefined],
    ["a short KeyObject", createSecretKey(randomBytes(16))],
    ["a public key", generateKeyPairSync("ed25519").publicKey],
  ])("is refused when it is %s, without being shown", (_name, wrong) => {
    let thrown: unknown;
    try {
      encrypted(structured(), { key: wrong as Uint8Array });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(OptionError);
    const shown = inspect(thrown, { depth: 9, showHidden: true });
    expect(shown).not.toContain("correct horse");
    expect(shown).not.toContain(wrong instanceof Uint8Array ? hexOf(wrong) : "of bytes");
  });

  test("does not show in the codec or its errors", () => {
    const shown = inspect(codec, { depth: 9, showHidden: true }) + JSON.stringify(codec);
    expect(shown).not.toContain(key.toString("hex").slice(0, 8));
    expect(shown).not.toContain(`${key[0]}, ${key[1]}, ${key[2]}`);
  });
});

test("options are required", () => {
  expect(() => encrypted(structured(), undefined as never)).toThrow(OptionError);
});
