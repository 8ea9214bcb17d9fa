import { describe, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { RecordMemory } from "../src/record-memory.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("memory for records", () => {
  test("is never given twice before it may be used again", () => {
    const memory = new RecordMemory();
    const given = Array.from({ length: 200 }, (_, index) => {
      const bytes = memory.allot(index * 331);
      bytes.fill(index);
      return bytes;
    });
    for (const [index, bytes] of given.entries()) {
      expect(bytes).toHaveLength(index * 331);
      expect(bytes.every((byte) => byte === index)).toBe(true);
    }
    memory.reuse();
    expect(memory.allot(8).buffer).toBe(given[1]!.buffer);
  });

  test("that is used again does not change what is still to be written", async () => {
    await using backend = level({ dir: temporaryFolder() });
    const mapping = backend.open<string, string>("m");
    const expected = new Map<string, string>();
    const writes: Promise<void>[] = [];
    for (let round = 0; round < 120; round += 1) {
      for (const length of [10, 3000, 90_000]) {
        const key = `${round % 50} ${length}`;
        const value = String.fromCharCode(48 + round).repeat(length);
        expected.set(key, value);
        writes.push(mapping.set(key, value));
      }
      // Some are written meanwhile, others wait, and at times there is nothing that waits.
      if (round % 7 === 0) await writes[writes.length >> 1];
      if (round % 31 === 0) await Promise.all(writes);
    }
    await Promise.all(writes);
    for (const [key, value] of expected) expect((await mapping.get(key)) === value).toBe(true);
  });
});
