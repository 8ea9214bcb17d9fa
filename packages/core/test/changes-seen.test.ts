import { describe, expect, test } from "@jest/globals";
import { invalidateTags, memoize, memoizeBatch } from "@class-cache/core";
import type { Memoized } from "@class-cache/core";
import { gate, settled } from "./gate.ts";
import { all } from "./read-all.ts";
import { stepwiseMemory } from "./stepwise-memory.ts";

type Work = Memoized<(key: string) => Promise<string>>;

/** What makes a result another, and what is remembered then. */
const changes: [string, (work: Work) => Promise<unknown>, string][] = [
  ["set", (work) => work.memo.set(["k"], "by hand"), "by hand"],
  ["invalidate", (work) => work.memo.invalidate("k"), "new"],
  ["expire", (work) => work.memo.expire("k"), "new"],
  ["clear", (work) => work.memo.clear(), "new"],
  ["refresh", (work) => work.memo.refresh("k"), "new"],
  ["invalidateTags", () => invalidateTags(["tag"]), "new"],
];

let number = 0;

/** One method of two processes: what it gives, and between whose steps something else may happen. */
class Setting {
  readonly one: Work;
  readonly other: Work;
  source = "old";
  between = (): Promise<void> => Promise.resolve();

  /** @param opened what the first process waits for whenever it computes, once it has seen the source */
  constructor(isTagged: boolean, opened: Promise<void> = Promise.resolve()) {
    const [here, there] = stepwiseMemory(() => this.between());
    const tags = isTagged ? { tags: () => ["tag"] } : {};
    const options = { id: `changes ${(number += 1)}`, singleFlight: "process", ...tags } as const;
    const slow = async (_key: string): Promise<string> => {
      const { source } = this;
      await opened;
      return source;
    };
    const quick = async (_key: string): Promise<string> => this.source;
    this.one = memoize(slow, { ...options, backend: here });
    this.other = memoize(quick, { ...options, backend: there });
  }

  /** Calls and changes while the first process computes. @returns what the first call will give */
  async begin(
    change: (work: Work) => Promise<unknown>,
  ): Promise<{ readonly before: Promise<string> }> {
    await this.other("another");
    const before = this.one("k");
    await settled();
    this.source = "new";
    await change(this.other);
    return { before };
  }
}

describe("what one process changes while another calls", () => {
  test.each(changes)(
    "is seen by the other from then on, wherever it looked: %s",
    async (name, change, after) => {
      const setting = new Setting(name === "invalidateTags");
      const { one, other } = setting;
      expect([await one("k"), await other("k"), await other("k")]).toEqual(["old", "old", "old"]);
      setting.source = "new";
      const seen: Promise<string>[] = [];
      setting.between = async () => {
        seen.push(other("k"), one("k"));
        await settled();
      };
      await change(one);
      setting.between = () => Promise.resolve();
      expect([await other("k"), await one("k")]).toEqual([after, after]);
      await Promise.all(seen);
      await settled();
      expect([await other("k"), await one("k")]).toEqual([after, after]);
    },
  );

  test.each(changes)(
    "holds against what is being computed, whenever that is read: %s",
    async (name, change, after) => {
      const { opened, open } = gate();
      const setting = new Setting(name === "invalidateTags", opened);
      const { one, other } = setting;
      const { before } = await setting.begin(change);
      const seen: Promise<string>[] = [];
      setting.between = async () => {
        seen.push(other("k"));
        await settled();
      };
      open();
      expect(await before).toBe("old");
      setting.between = () => Promise.resolve();
      await Promise.all(seen);
      await settled();
      expect([await other("k"), await one("k")]).toEqual([after, after]);
    },
  );

  test.each(changes)(
    "leaves nothing older, whatever step of storing it comes before: %s",
    async (name, change, after) => {
      for (let at = 0; at < 12; at += 1) {
        const { opened, open } = gate();
        const setting = new Setting(name === "invalidateTags", opened);
        const { one, other } = setting;
        const { before } = await setting.begin(() => Promise.resolve());
        let step = 0;
        let changed: Promise<unknown> | undefined;
        setting.between = async () => {
          step += 1;
          if (step !== at + 1) return;
          changed = change(other);
          // While the result is being stored the change waits for that.
          await Promise.race([changed, settled()]);
        };
        open();
        await before;
        setting.between = () => Promise.resolve();
        await (changed ?? change(other));
        await settled();
        expect([await other("k"), await one("k")]).toEqual([after, after]);
      }
    },
  );

  test.each(changes)(
    "holds for calls that come later, though one was made before: %s",
    async (name, change, after) => {
      const { opened, open } = gate();
      const setting = new Setting(name === "invalidateTags", opened);
      const { before } = await setting.begin(change);
      const later = setting.one("k");
      await settled();
      open();
      expect([await before, await later]).toEqual(["old", after]);
    },
  );
});

describe("calls that come after another process has invalidated", () => {
  test("do not share in what is from before, whatever is invalidated after them", async () => {
    const { opened, open } = gate();
    const setting = new Setting(false, opened);
    const { before } = await setting.begin((other) => other.memo.invalidate("k"));
    const later = setting.one("k");
    await settled();
    await setting.other.memo.clear();
    open();
    expect([await before, await later]).toEqual(["old", "new"]);
  });

  test("do not share in a batch from before", async () => {
    let source = "old";
    const [here, there] = stepwiseMemory(() => Promise.resolve());
    const { opened, open } = gate();
    const one = memoizeBatch(
      async (keys: readonly string[]) => {
        const value = source;
        await opened;
        return keys.map((key) => `${key} ${value}`);
      },
      { id: "changes batch", backend: here },
    );
    const other = memoizeBatch(async (keys: readonly string[]) => keys.map((key) => key), {
      id: "changes batch",
      backend: there,
    });
    await other(["another"]);
    const before = one(["k"]);
    await settled();
    source = "new";
    await other.memo.invalidate("k");
    const later = one(["k"]);
    await settled();
    open();
    expect([await before, await later]).toEqual([["k old"], ["k new"]]);
  });

  test.each([
    ["a key", false],
    ["a tag", true],
  ])("do not share in a stream from before: %s", async (_name, isTagged) => {
    let source = "old";
    const [here, there] = stepwiseMemory(() => Promise.resolve());
    const { opened, open } = gate();
    const tags = isTagged ? { tags: () => ["tag"] } : {};
    const id = `changes stream ${(number += 1)}`;
    const one = memoize(
      async function* (_key: string) {
        const value = source;
        await opened;
        yield value;
      },
      { id, backend: here, singleFlight: "process", ...tags },
    );
    const other = memoize(
      async function* (_key: string) {
        yield source;
      },
      { id, backend: there, singleFlight: "process", ...tags },
    );
    await all(other("another"));
    const before = all(one("k"));
    await settled();
    source = "new";
    await (isTagged ? invalidateTags(["tag"]) : other.memo.invalidate("k"));
    const later = all(one("k"));
    await settled();
    open();
    expect([await before, await later]).toEqual([["old"], ["new"]]);
  });
});
