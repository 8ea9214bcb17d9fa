import { expect, test } from "@jest/globals";
import { memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { flaky } from "./flaky-backend.ts";
import { settled } from "./gate.ts";

test("invalidate() does not reject with the error of another call", async () => {
  const backend = flaky(memory());
  const work = memoize(async (_key: string): Promise<unknown> => ({ method: () => undefined }), {
    id: "told unstorable",
    backend,
    isolate: false,
  });
  backend.hold();
  const called = work("k").catch((error: { code?: string }) => error.code);
  await backend.held;
  const invalidated = work.memo.invalidate("k").catch((error: { code?: string }) => error.code);
  await settled();
  backend.release();
  expect(await called).toBe("ERR_UNSTORABLE");
  expect(await invalidated).toBe(false);
});

test("an onError that rejects adds no rejection that nobody handles", async () => {
  const backend = flaky(memory());
  backend.failing = true;
  let told = 0;
  const work = memoize(async (key: string) => key, {
    id: "told asynchronously",
    backend,
    onError: (): unknown => {
      told += 1;
      return Promise.reject(new Error("the logger is down"));
    },
  });
  expect(await work("k")).toBe("k");
  // Jest fails a test in which a rejection goes unhandled.
  await settled();
  expect(told).toBeGreaterThan(0);
});
