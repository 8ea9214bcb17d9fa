import { describe, expect, test } from "@jest/globals";
import type { Memoized } from "@class-cache/core";
import { memoize } from "@class-cache/core";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";
import { gate, settled } from "./gate.ts";
import { inTime } from "./in-time.ts";
import { MortalProcess } from "./mortal-process.ts";
import { sharedMemory } from "./shared-memory.ts";

type Work = Memoized<(key: string) => Promise<string>>;

const CHANGES: ReadonlySet<string> = new Set(["set", "delete", "clear"]);

let number = 0;

/** A method of one process that may die, and of two others. */
class Setting {
  readonly process: MortalProcess;
  readonly one: Work;
  readonly other: Work;
  readonly third: Work;
  source = "old";
  computed = 0;

  constructor() {
    const inner = memory();
    this.process = new MortalProcess(sharedMemory(inner));
    const options = { id: `while storing ${(number += 1)}`, singleFlight: "process" } as const;
    const compute = async (_key: string): Promise<string> => {
      this.computed += 1;
      return this.source;
    };
    const make = (backend: Backend): Work => memoize(compute, { ...options, backend });
    this.one = make(this.process.backend);
    this.other = make(sharedMemory(inner));
    this.third = make(sharedMemory(inner));
  }

  /** Has it done, once, in the place of the one process's next change of a result. */
  atNextChange(act: (take: () => Promise<unknown>) => Promise<void>): void {
    this.process.step = async ({ id, operation, take }) => {
      if (id.startsWith("~class-cache.") || !CHANGES.has(operation)) return take();
      this.process.step = (step) => step.take();
      return act(take);
    };
  }
}

/** What another process does while an older result is being stored, and what is remembered then. */
const changes: [string, (work: Work) => Promise<unknown>, string][] = [
  ["invalidate", (work) => work.memo.invalidate("k"), "new"],
  ["clear", (work) => work.memo.clear(), "new"],
  ["set", (work) => work.memo.set(["k"], "by hand"), "by hand"],
];

describe("what was done while another process stores an older result", () => {
  test.each(changes)("is seen by the next call: %s", async (_name, change, after) => {
    const setting = new Setting();
    const { one, other } = setting;
    await other("another");
    let next: Promise<string> | undefined;
    setting.atNextChange(async (take) => {
      setting.source = "new";
      // It may have to wait until the result is stored.
      const changed = change(other);
      await settled();
      await take();
      next = changed.then(() => other("k"));
      await settled();
    });
    await one("k");
    expect(await next).toBe(after);
    await settled();
    expect([await other("k"), await one("k")]).toEqual([after, after]);
  });

  test.each(changes)(
    "is seen though the process dies right after its store: %s",
    async (_name, change, after) => {
      const setting = new Setting();
      const { one, other, third, process } = setting;
      await other("another");
      const { opened: died, open: isDead } = gate();
      let changed: Promise<unknown> | undefined;
      setting.atNextChange(async (take) => {
        setting.source = "new";
        changed = change(other);
        await settled();
        await take();
        await process.die();
        isDead();
      });
      void one("k");
      await inTime(died);
      await changed;
      expect([await other("k"), await third("k")]).toEqual([after, after]);
    },
  );
});

const changesOfOne: typeof changes = [
  ...changes,
  ["refresh", (work) => work.memo.refresh("k"), "new"],
];

describe("a process that dies between a change and its count", () => {
  test.each(changesOfOne)(
    "leaves nobody with the old result in memory: %s",
    async (_name, change, after) => {
      const setting = new Setting();
      const { one, other, third, process } = setting;
      expect(await other("k")).toBe("old");
      const { opened: died, open: isDead } = gate();
      let meanwhile: Promise<string> | undefined;
      setting.atNextChange(async (take) => {
        meanwhile = other("k");
        await settled();
        await take();
        await process.die();
        isDead();
      });
      setting.source = "new";
      void change(one);
      await inTime(died);
      await meanwhile;
      await settled();
      expect([await third("k"), await other("k")]).toEqual([after, after]);
    },
  );
});

describe("a change that was noted and never counted", () => {
  /** Has both other processes call for a while. @returns how often they computed */
  async function computedFromThenOn(setting: Setting): Promise<number> {
    setting.computed = 0;
    for (let round = 0; round < 5; round += 1) {
      await setting.other("k");
      await settled();
      await setting.third("k");
      await settled();
    }
    return setting.computed;
  }

  test.each(changesOfOne)(
    "as its process died, keeps nobody from remembering what is computed later: %s",
    async (_name, change) => {
      const setting = new Setting();
      const { one, other, process } = setting;
      await other("another");
      const { opened: died, open: isDead } = gate();
      setting.atNextChange(async () => {
        await process.die();
        isDead();
      });
      void change(one);
      await inTime(died);
      await settled();
      expect(await computedFromThenOn(setting)).toBeLessThan(4);
    },
  );

  test.each(changes)(
    "as the count could not be written, keeps nobody from it: %s",
    async (_name, change) => {
      const setting = new Setting();
      const { one, other, process } = setting;
      await other("another");
      await one.memo.invalidate("another");
      process.step = async ({ id, operation, args, take }) => {
        const isCount = id === "~class-cache.invalidations" && args[0] === "state";
        if (isCount && operation === "set") throw new Error("disk full");
        return take();
      };
      await expect(change(one)).rejects.toThrow("disk full");
      process.step = ({ take }) => take();
      expect(await computedFromThenOn(setting)).toBeLessThan(4);
    },
  );
});

describe("two functions of one id in one process", () => {
  const backend = memory();

  test.each(changes)(
    "do not bring back what was computed before the other's: %s",
    async (name, change, after) => {
      const { opened, open } = gate();
      const id = `twins ${name}`;
      let source = "old";
      const slow = async (_key: string): Promise<string> => {
        const value = source;
        await opened;
        return value;
      };
      const one = memoize(slow, { id, backend });
      const two = memoize(async (_key: string) => source, { id, backend });
      const before = one("k");
      await settled();
      source = "new";
      await change(two);
      expect(await two("k")).toBe(after);
      await change(two);
      open();
      expect(await before).toBe("old");
      await settled();
      expect([await two("k"), await one("k")]).toEqual([after, after]);
    },
  );
});
