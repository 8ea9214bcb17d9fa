import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, jest, test } from "@jest/globals";
import { settledFolder } from "../src/own-folder.ts";
import { Owner } from "../src/owner.ts";
import { decodeRecord, encodeRecord, recordSeed } from "../src/record.ts";
import type { RequestOf } from "../src/requests.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const seed = recordSeed("id");

function setting(text: string, ifAbsent = false): RequestOf<"write"> {
  const entry = { value: Buffer.from(text), storedAt: 1, expiresAt: undefined, cost: undefined };
  const record = encodeRecord(seed, "key", entry);
  return { kind: "write", id: "id", changes: [{ kind: "set", key: "key", record, ifAbsent }] };
}

const deleting: RequestOf<"write"> = {
  kind: "write",
  id: "id",
  changes: [{ kind: "delete", key: "key", now: 2 }],
};

function valueIn(owner: Owner): string | undefined {
  const record = owner.lookup("id", "key");
  return record && Buffer.from(decodeRecord(seed, "key", record)!.value).toString();
}

const open = (folder: string): Promise<Owner> =>
  Owner.open(
    settledFolder(join(folder, "db")),
    () => true,
    (error) => {
      throw error;
    },
  );

describe("a write that a guest sends again", () => {
  test("to the same owner has the first outcome and does not replace what came after it", async () => {
    const owner = await open(temporaryFolder());
    expect(await owner.performOnce("a", 1, 1, setting("old"))).toBe(1);
    expect(await owner.performOnce("b", 1, 1, setting("new"))).toBe(1);
    expect(await owner.performOnce("a", 1, 1, setting("old"))).toBe(1);
    expect(valueIn(owner)).toBe("new");
    await owner.close();
  });

  test("to the next owner has the first outcome and does not replace what came after it", async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    await first.performOnce("a", 1, 1, setting("old"));
    expect(await first.performOnce("a", 2, 1, deleting)).toBe(1);
    await first.performOnce("b", 1, 1, setting("new"));
    await first.close();
    const second = await open(folder);
    expect(await second.performOnce("a", 1, 1, setting("old"))).toBe(1);
    expect(await second.performOnce("a", 2, 1, deleting)).toBe(1);
    expect(valueIn(second)).toBe("new");
    expect(await second.performOnce("a", 3, 1, deleting)).toBe(1);
    expect(valueIn(second)).toBeUndefined();
    await second.close();
  });

  test("while it is under way is made once", async () => {
    const owner = await open(temporaryFolder());
    await owner.performOnce("a", 1, 1, setting("value"));
    const outcomes = [
      owner.performOnce("a", 2, 1, deleting),
      owner.performOnce("a", 2, 1, deleting),
    ];
    expect(await Promise.all(outcomes)).toEqual([1, 1]);
    await owner.close();
  });

  test("after later ones, when its outcome is forgotten, is refused", async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    for (let number = 1; number < 4; number += 1) {
      await first.performOnce("a", number, number, setting(`value ${number}`));
    }
    await first.close();
    const second = await open(folder);
    const refused = second.performOnce("a", 2, 2, setting("stale"));
    await expect(refused).rejects.toMatchObject({ code: "ERR_STORE" });
    expect(valueIn(second)).toBe("value 3");
    await second.close();
  });

  test("is not remembered of a guest that has said it will not come back", async () => {
    const owner = await open(temporaryFolder());
    await owner.performOnce("a", 5, 5, setting("value"));
    owner.leave("a", true);
    await owner.perform(setting("another"));
    expect(await owner.performOnce("a", 1, 1, deleting)).toBe(1);
    await owner.close();
  });
});

const keeping: RequestOf<"keep"> = {
  kind: "keep",
  limits: { maxBytes: Infinity, maxEntries: Infinity, eviction: "cost" },
  uses: [],
  now: 0,
};

describe("an owner", () => {
  test("finishes what a death left of a cleared space", async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    await first.perform(setting("value"));
    await first.perform({ kind: "write", id: "id", changes: [{ kind: "clear" }] });
    await first.perform(setting("anew"));
    await first.close();
    const second = await open(folder);
    expect(valueIn(second)).toBe("anew");
    expect(await second.perform(keeping)).toMatchObject({ entries: 1, bytes: 4 });
    await second.close();
  });

  test("makes the changes of one write together, each after the one before", async () => {
    const owner = await open(temporaryFolder());
    const changes = [
      ...setting("one").changes,
      ...setting("two", true).changes,
      ...deleting.changes,
      ...setting("three", true).changes,
    ];
    expect(await owner.perform({ kind: "write", id: "id", changes })).toBe(3);
    expect(valueIn(owner)).toBe("three");
    await owner.close();
  });

  test("counts what writes leave, be it counted before or after", async () => {
    const owner = await open(temporaryFolder());
    await owner.perform(setting("1234"));
    expect(await owner.perform(keeping)).toMatchObject({ entries: 1, bytes: 4 });
    const large = "v".repeat(40_000);
    await owner.perform(setting(large));
    expect(await owner.perform(keeping)).toMatchObject({ entries: 1, bytes: 40_000 });
    await owner.perform(setting("12"));
    expect(await owner.perform(keeping)).toMatchObject({ entries: 1, bytes: 2 });
    await owner.perform(deleting);
    expect(await owner.perform(keeping)).toMatchObject({ entries: 0, bytes: 0 });
    await owner.close();
  });
});

describe("a guest that leaves after its owner has closed", () => {
  test.each([false, true])(
    "is not looked for in the closed database (forever: %p)",
    async (forever) => {
      const failures: unknown[] = [];
      const note = (message: unknown): unknown => failures.push(message);
      subscribe("class-cache:error", note);
      const owner = await open(temporaryFolder());
      await owner.performOnce("a", 1, 1, setting("old"));
      await owner.close();
      jest.useFakeTimers();
      try {
        owner.leave("a", forever);
        owner.leave("b", forever);
        jest.advanceTimersByTime(3_600_000);
      } finally {
        jest.useRealTimers();
      }
      await setImmediate();
      unsubscribe("class-cache:error", note);
      expect(failures).toEqual([]);
    },
  );
});
