import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import { RecentCalls } from "../src/keys/recent-calls.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heldBytes(work: () => void): number {
  collect();
  const before = process.memoryUsage().heapUsed;
  work();
  collect();
  return process.memoryUsage().heapUsed - before;
}

test.each<[string, (at: number) => unknown[]]>([
  ["primitives", (at) => [at, `text ${at}`]],
  ["a primitive and what is never kept", (at) => [at, new Date(at)]],
  ["a primitive and an object that comes once", (at) => [at, { at }]],
  ["objects that come once", (at) => [{ at }]],
])("any number of calls with %s takes bounded memory", (_, argsOf) => {
  const calls = new RecentCalls();
  const bytes = heldBytes(() => {
    for (let at = 0; at < 100_000; at += 1) {
      const args = argsOf(at);
      calls.add(args, args.length, { text: "", found: undefined });
    }
  });
  expect(bytes).toBeLessThan(5_000_000);
  expect(calls.find([-1], 1)).toBeUndefined();
});
