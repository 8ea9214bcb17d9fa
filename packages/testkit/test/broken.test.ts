import { describe, expect, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";
import type { Place } from "@class-cache/testkit";
import { brokenBackends, ForwardingBackend } from "@class-cache/testkit/broken";
import { collect, failures } from "./collecting-runner.ts";

describe("the suite", () => {
  test("passes a backend that forwards everything to memory()", async () => {
    const backend = (place: Place): ForwardingBackend => new ForwardingBackend(memory(place));
    expect(failures(await collect({ backend }))).toEqual([]);
  });

  test("is shown faults that differ", () => {
    const names = brokenBackends.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("the suite catches", () => {
  // Together: what hangs is waited for.
  test.concurrent.each(brokenBackends)(
    "$name: $fault",
    async ({ backend, caughtBy }) => {
      const collected = await collect({ backend }, { limit: 8000, only: `${caughtBy}: ` });
      expect(failures(collected)).not.toEqual([]);
    },
    60_000,
  );
});
