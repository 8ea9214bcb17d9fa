import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Key } from "@class-cache/mapping";
import { encodeKey } from "@class-cache/mapping";
import { Snapshot } from "../src/keys/snapshot.ts";

interface Query {
  filter: { tags: string[]; since: number };
  page?: unknown;
  [name: string]: unknown;
}

const query = (): Query => ({ filter: { tags: ["a", "b"], since: 7 }, page: null });

describe("a snapshot of an argument", () => {
  test("holds as long as nothing is changed, however often it is looked at", async () => {
    const value = query();
    const snapshot = Snapshot.of(value)!;
    for (let looks = 0; looks < 3; looks += 1) {
      expect(snapshot.holds()).toBe(true);
      await nextTurn();
    }
  });

  test.each<[string, (value: Query) => void]>([
    ["a value deep in it is another", ({ filter }) => (filter.since = 8)],
    ["an element is another", ({ filter }) => (filter.tags[1] = "c")],
    ["an element is added", ({ filter }) => filter.tags.push("c")],
    ["an element is gone", ({ filter }) => filter.tags.pop()],
    ["an element is a hole", ({ filter }) => Reflect.deleteProperty(filter.tags, 0)],
    ["an array has got a name", ({ filter }) => Object.assign(filter.tags, { name: 1 })],
    ["a property is added", (value) => (value.more = undefined)],
    ["a property is gone", (value) => delete value.page],
    ["a property has another name", (value) => delete value.page && (value.pages = null)],
    [
      "an object is another, with other values",
      (value) => (value.filter = { ...value.filter, since: 8 }),
    ],
    ["it has another prototype", (value) => Object.setPrototypeOf(value.filter, null)],
    ["an array has another prototype", ({ filter }) => Object.setPrototypeOf(filter.tags, null)],
    [
      "a property is not listed any more",
      (value) => Object.defineProperty(value, "page", { enumerable: false }),
    ],
  ])("does not hold once %s", (_, change) => {
    const value = query();
    const snapshot = Snapshot.of(value)!;
    change(value);
    expect(snapshot.holds()).toBe(false);
  });

  test("does not hold once a property is gone that all objects have", () => {
    const value: { text: string; page?: null } = { text: "t", page: null };
    const snapshot = Snapshot.of(value)!;
    delete value.page;
    try {
      Object.assign(Object.prototype, { page: null });
      expect(snapshot.holds()).toBe(false);
    } finally {
      Reflect.deleteProperty(Object.prototype, "page");
    }
  });

  test("does not hold, from the next turn of the event loop on, once a symbol is added", async () => {
    const value = query();
    const snapshot = Snapshot.of(value)!;
    Object.assign(value.filter, { [Symbol("s")]: 1 });
    await nextTurn();
    expect(snapshot.holds()).toBe(false);
  });

  // oxlint-disable-next-line no-sparse-arrays
  const sparse = [1, , 2];
  test.each<[string, object]>([
    ["an instance", { at: new Date(0) }],
    ["an object without a prototype", Object.create(null) as object],
    ["a hole", sparse],
    ["an undefined element", [undefined]],
    ["an array with names", Object.assign([1], { name: 1 })],
    ["a symbol", { [Symbol("s")]: 1 }],
    [
      "a getter",
      {
        get a() {
          return 1;
        },
      },
    ],
    ["a proxy", new Proxy({ a: 1 }, {})],
    ["a hundred values", Array.from({ length: 100 }, (__, at) => at)],
  ])("is not taken of what has %s", (_, value) => {
    expect(Snapshot.of(value)).toBeUndefined();
    expect(Snapshot.of({ in: [value] })).toBeUndefined();
  });

  test("that holds after any change means that the key is the same", () => {
    let held = 0;
    const leaf = fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant("1"), fc.constant(-0));
    const tree = fc.letrec<{ part: unknown }>((tie) => ({
      part: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("part"), { maxKeys: 3 }),
        fc.array(tie("part"), { maxLength: 3 }),
      ),
    })).part;
    const change = fc.record({ path: fc.array(fc.nat(3), { maxLength: 3 }), value: tree });
    fc.assert(
      fc.property(fc.record({ root: tree }), change, (value, { path, value: put }) => {
        const before = encodeKey(value as Key);
        const snapshot = Snapshot.of(value);
        fc.pre(snapshot !== undefined);
        let at: Record<string, unknown> = value;
        for (const step of path) {
          const names = Object.keys(at);
          const name = names[step % Math.max(1, names.length)] ?? "new";
          const next = at[name];
          if (typeof next !== "object" || next === null) at[name] = put;
          else at = next as Record<string, unknown>;
        }
        if (!snapshot!.holds()) return;
        held += 1;
        expect(encodeKey(value as Key)).toBe(before);
      }),
    );
    expect(held).toBeGreaterThan(0);
  });
});
