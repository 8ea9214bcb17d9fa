import { expect, test } from "@jest/globals";
import { configure, memoize } from "@class-cache/core";
import type { ValueCodec } from "@class-cache/mapping";
import { memory, structured } from "@class-cache/mapping";

/** A codec that counts, and binds its bytes to the entry as encryption does. */
function countingCodec(counts: { encoded: number; decoded: number }): ValueCodec {
  const inner = structured();
  return {
    name: "counting",
    encode(value, context) {
      counts.encoded += 1;
      return inner.encode({ context, value }, context);
    },
    decode(bytes, context) {
      counts.decoded += 1;
      const read = inner.decode(bytes, context) as { context: unknown; value: unknown };
      expect(read.context).toEqual(context);
      return read.value;
    },
  };
}

test("a result from the backend is not encoded again to be held in memory", async () => {
  const counts = { encoded: 0, decoded: 0 };
  const backend = memory({ codec: countingCodec(counts) });
  configure({ backend });
  const list = memoize(async (n: number) => [n], { id: "held-bytes" });
  expect(await list(1)).toEqual([1]);
  configure({ backend });
  const before = counts.encoded;
  const fromBackend = await list(1);
  fromBackend.push(2);
  expect(await list(1)).toEqual([1]);
  expect(counts.encoded).toBe(before);
});
