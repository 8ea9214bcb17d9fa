import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import type { ValueCodec } from "@class-cache/mapping";
import { compressed, DamagedError, encrypted, json, memory } from "@class-cache/mapping";

const refused = expect.objectContaining({ code: "ERR_OPTION" });

/** What it writes it cannot read. */
const damaging: ValueCodec = {
  ...json(),
  decode() {
    throw new DamagedError("A value");
  },
};

describe("what is no option", () => {
  test.each(["./folder", 5, true, null])("%p is refused in the place of options", async (given) => {
    const options = given as unknown as object;
    expect(() => memory(options)).toThrow(refused);
    await using backend = memory();
    expect(() => backend.open("id", options)).toThrow(refused);
    await expect(backend.lease("name", options)).rejects.toEqual(refused);
    expect(() => compressed(json(), options)).toThrow(refused);
  });

  test.each([5, null, "a text"])("%p is no function, signal or codec", async (given) => {
    await using backend = memory();
    expect(() => backend.open("id", { onError: given as never })).toThrow(refused);
    await expect(backend.lease("name", { signal: given as never })).rejects.toEqual(refused);
    expect(() => compressed(given as never)).toThrow(refused);
    expect(() => encrypted(given as never, { key: Buffer.alloc(32) })).toThrow(refused);
  });
});

describe("a function that is told of errors, and fails", () => {
  const failure = new Error("of the one who is told");

  test.each([
    [
      "throws",
      () => {
        throw failure;
      },
    ],
    ["rejects", () => Promise.reject(failure) as unknown as void],
  ])("does not fail a read when it %s", async (_how, onError: () => void) => {
    const published: unknown[] = [];
    const listen = (message: unknown): void => {
      published.push((message as { error: unknown }).error);
    };
    subscribe("class-cache:error", listen);
    try {
      await using backend = memory();
      const mapping = backend.open<string, number>("id", { codec: damaging, onError });
      await mapping.set("key", 1);
      expect(await mapping.get("key")).toBeUndefined();
      await nextTurn();
      expect(published).toEqual([failure]);
    } finally {
      unsubscribe("class-cache:error", listen);
    }
  });
});
