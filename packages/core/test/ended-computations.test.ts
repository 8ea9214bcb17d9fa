import { AsyncResource } from "node:async_hooks";
import { describe, expect, test } from "@jest/globals";
import { CacheWithDefault, memoize, memoizeBatch } from "@class-cache/core";
import { memory } from "@class-cache/mapping";
import type { Link } from "../src/memo/computing-chain.ts";
import { currentLink } from "../src/memo/computing-chain.ts";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { sharedMemory } from "./shared-memory.ts";

const CALLS = 100;

describe("a computation holds nothing of a call that has ended", () => {
  const backend = memory();
  const item = memoize(async (at: number) => `item ${at}`, {
    id: "ended item",
    backend,
    memory: false,
  });
  const callAll = async (): Promise<number | undefined> => {
    for (let at = 0; at < CALLS; at += 1) await item(at % 10);
    await settled();
    return currentLink()?.computation.awaited.size;
  };

  test("while it goes on", async () => {
    const work = memoize(callAll, { id: "ended calls", backend });
    expect(await work()).toBe(0);
  });

  test("while it goes on for a batch", async () => {
    const work = memoizeBatch(
      async (keys: readonly string[]) => {
        const size = await callAll();
        return keys.map(() => size);
      },
      { id: "ended batch", backend },
    );
    expect(await work(["k"])).toEqual([0]);
  });

  test("also of one that rejected", async () => {
    const failing = memoize((_at: number) => Promise.reject<string>(new Error("busy")), {
      id: "ended rejections",
      backend,
    });
    const work = memoize(
      async () => {
        for (let at = 0; at < CALLS; at += 1) await failing(at).catch(() => undefined);
        await settled();
        return currentLink()?.computation.awaited.size;
      },
      { id: "ended rejected", backend },
    );
    expect(await work()).toBe(0);
  });

  test("once it has ended itself, whatever it leaves behind goes on calling", async () => {
    let link: Link | undefined;
    let later!: () => Promise<unknown>;
    const work = memoize(
      async () => {
        link = currentLink();
        later = AsyncResource.bind(callAll);
        return "begun";
      },
      { id: "ended poller", backend },
    );
    expect(await work()).toBe("begun");
    await later();
    expect(link?.computation.awaited.size).toBe(0);
  });
});

describe("what an ended computation has left behind", () => {
  test("is no circle with the same key in another process", async () => {
    const inner = memory();
    const { opened, open } = gate();
    const told: string[] = [];
    let [running, most, runs] = [0, 0, 0];
    let later!: () => Promise<string>;
    const make = () => {
      const token = memoize(
        async (): Promise<string> => {
          runs += 1;
          running += 1;
          most = Math.max(most, running);
          if (runs === 1) later = AsyncResource.bind(() => token());
          else await opened;
          running -= 1;
          return `token ${runs}`;
        },
        {
          id: "ended token",
          backend: sharedMemory(inner),
          onError: (error) => told.push(error.message),
        },
      );
      return token;
    };
    const [here, there] = [make(), make()];
    expect(await here()).toBe("token 1");
    await there.memo.invalidate();
    const computed = there();
    await settled();
    const asked = later();
    await settled();
    open();
    const answers = await Promise.all([computed, asked]);
    expect([most, told]).toEqual([1, []]);
    expect(answers).toEqual(["token 2", "token 2"]);
  });

  test("is no circle with what has waited for it and still goes on", async () => {
    const { opened: partOpened, open: openPart } = gate();
    const { opened, open } = gate();
    const told: string[] = [];
    const options = {
      backend: memory(),
      onError: (error: Error) => told.push(error.message),
    };
    let later!: () => Promise<string>;
    let runs = 0;
    const part = memoize(
      async () => {
        later = AsyncResource.bind(() => whole());
        await partOpened;
        return "part";
      },
      { id: "ended part", ...options },
    );
    const whole = memoize(
      async (): Promise<string> => {
        runs += 1;
        const found = await part();
        await opened;
        return `whole of ${found}`;
      },
      { id: "ended whole", ...options },
    );
    // It is begun by a call of its own, which the other joins.
    const begun = part();
    await settled();
    const first = whole();
    await settled();
    openPart();
    expect(await begun).toBe("part");
    await settled();
    const second = later();
    await settled();
    open();
    expect(await Promise.all([first, second])).toEqual(["whole of part", "whole of part"]);
    expect([runs, told]).toEqual([1, []]);
  });

  test("is no circle for a cache with defaults", async () => {
    const { opened, open } = gate();
    let runs = 0;
    let later!: () => Promise<string>;
    class Tokens extends CacheWithDefault<string, string> {
      protected async getDefault(key: string): Promise<string> {
        runs += 1;
        if (runs === 1) later = AsyncResource.bind(() => this.get(key));
        else await opened;
        return `${key} ${runs}`;
      }
    }
    const tokens = new Tokens({ backend: memory() });
    expect(await tokens.get("k")).toBe("k 1");
    await tokens.delete("k");
    const computed = tokens.get("k");
    await settled();
    const asked = later().catch((error: Error) => error.name);
    await settled();
    open();
    expect(await Promise.all([computed, asked])).toEqual(["k 2", "k 2"]);
  });
});

test("two defaults that wait for each other are refused", async () => {
  class Crossed extends CacheWithDefault<string, string> {
    protected async getDefault(key: string): Promise<string> {
      await settled();
      return `${key} of ${await this.get(key === "a" ? "b" : "a")}`;
    }
  }
  const crossed = new Crossed({ backend: memory() });
  const both = [crossed.get("a"), crossed.get("b")].map((got) =>
    inTime(got.catch((error: Error) => error.name)),
  );
  expect(await Promise.all(both)).toEqual(["TypeError", "TypeError"]);
});
