import { describe, expect, test } from "@jest/globals";
import { fileBlocks } from "@class-cache/file";
import { structured } from "@class-cache/mapping";
import { temporaryFolder } from "./temporary-folder.ts";

describe.each([
  ["in a block", 300],
  ["in a segment", 20_000],
])("of values %s", (_where, length) => {
  test("values that are read at the same time are each what was stored, and stay so", async () => {
    await using backend = fileBlocks({ dir: temporaryFolder() });
    const mapping = backend.open<number, { bytes: Uint8Array; text: string }>("id");
    const valueOf = (key: number) => ({
      bytes: new Uint8Array(length).fill(key),
      text: String.fromCharCode(97 + key).repeat(length),
    });
    for (let key = 0; key < 8; key += 1) await mapping.set(key, valueOf(key));
    const read = await Promise.all(Array.from({ length: 8 }, (_, key) => mapping.get(key)));
    const entry = await mapping.lookup(3);
    await mapping.get(4);
    for (let key = 0; key < 8; key += 1) expect(read[key]).toEqual(valueOf(key));
    expect(entry?.value).toEqual(valueOf(3));
  });

  test("a class that reads from a mapping while an instance of it is read back gets both right", async () => {
    let others: Promise<unknown>[] = [];
    class Part {
      readonly bytes: Uint8Array;
      constructor(bytes: Uint8Array) {
        this.bytes = bytes;
      }
    }
    const parts = {
      class: Part,
      toData: ({ bytes }: Part) => bytes,
      fromData: (bytes: Uint8Array) => {
        others.push(mapping.get("other"));
        return new Part(bytes);
      },
    };
    await using backend = fileBlocks({
      dir: temporaryFolder(),
      codec: structured({ classes: [parts] }),
    });
    const mapping = backend.open<string, unknown>("id");
    const bytesOf = (content: number): Uint8Array => new Uint8Array(length).fill(content);
    await mapping.set("parts", [new Part(bytesOf(1)), new Part(bytesOf(2)), bytesOf(3)]);
    await mapping.set("other", [bytesOf(4), bytesOf(5), bytesOf(6)]);
    for (const get of [
      () => mapping.get("parts"),
      async () => (await mapping.lookup("parts"))?.value,
    ]) {
      others = [];
      expect(await get()).toEqual([new Part(bytesOf(1)), new Part(bytesOf(2)), bytesOf(3)]);
      expect(await Promise.all(others)).toEqual(
        [0, 1].map(() => [bytesOf(4), bytesOf(5), bytesOf(6)]),
      );
    }
  });

  test("a codec whose values show the bytes that it was given has them for itself", async () => {
    const codec = {
      name: "showing",
      encode: (value: unknown) => value as Uint8Array,
      decode: (bytes: Uint8Array) => bytes,
    };
    await using backend = fileBlocks({ dir: temporaryFolder(), codec });
    const mapping = backend.open<number, Uint8Array>("id");
    for (const key of [1, 2]) await mapping.set(key, Buffer.alloc(length, key));
    const one = await mapping.get(1);
    const two = await mapping.get(2);
    expect(Buffer.alloc(length, 1).equals(one!)).toBe(true);
    expect(Buffer.alloc(length, 2).equals(two!)).toBe(true);
  });
});
