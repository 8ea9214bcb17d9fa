import { expect, test } from "@jest/globals";
import { CacheWithDefault, memoize } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { sharedMemory } from "./shared-memory.ts";

type Ask = (key: string) => Promise<string>;

test("a circle that leads through a cache with defaults and a method comes to an end", async () => {
  const { opened, open } = gate();
  const backend = memory();
  class Asking extends CacheWithDefault<string, string> {
    protected async getDefault(key: string): Promise<string> {
      await opened;
      return `get ${await call(key)}`;
    }
  }
  const cache = new Asking({ backend });
  const call: Ask = memoize(
    async (key: string): Promise<string> => {
      await opened;
      return `call ${await cache.get(key)}`;
    },
    { id: "mixed", backend, onError: () => undefined },
  );
  const asked = Promise.allSettled([cache.get("k"), call("k")]);
  await settled();
  open();
  const ends = await inTime(asked);
  expect(ends).toEqual([
    { status: "rejected", reason: expect.any(TypeError) },
    { status: "rejected", reason: expect.any(TypeError) },
  ]);
});

test("a circle among processes that leads through a cache with defaults comes to an end", async () => {
  const { opened, open } = gate();
  const inner = memory();
  const codes = new Set<unknown>();
  const onError = (error: Error): void => void codes.add((error as { code?: string }).code);
  const make = () => {
    const options = { backend: sharedMemory(inner), onError };
    let runs = 0;
    const run = async (name: string, ask: () => Promise<string>): Promise<string> => {
      runs += 1;
      if (runs > 1) return `${name} end`;
      await opened;
      return `${name} ${await ask()}`;
    };
    class Between extends CacheWithDefault<string, string> {
      protected override getDefault(key: string): Promise<string> {
        return other(key);
      }
    }
    const between = new Between({ backend: options.backend });
    const one: Ask = memoize((key: string) => run("one", () => between.get(key)), {
      id: "mixed one",
      ...options,
    });
    const other: Ask = memoize((key: string) => run("other", () => one(key)), {
      id: "mixed other",
      ...options,
    });
    return { between, one, other };
  };
  const [here, there] = [make(), make()];
  const asked = [here.one("k"), there.other("k")];
  await settled();
  // It waits for the other process, whoever joins it later.
  asked.push(here.between.get("k"));
  await settled();
  open();
  expect(await inTime(Promise.all(asked), 4000)).not.toBe("hangs");
  expect(codes).toEqual(new Set(["ERR_CYCLE"]));
});
