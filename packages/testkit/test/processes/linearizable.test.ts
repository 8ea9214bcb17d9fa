import { describe, expect, test } from "@jest/globals";
import type { Action, Call } from "../../src/processes/calls.ts";
import { contradictions } from "../../src/processes/linearizable.ts";

const MARKED = new Set<Action>(["set", "setDefault"]);

/** A call on the key `k`; `what` is what is written, or what is read. */
function call(
  action: Action,
  what: string | boolean | null,
  begin: number,
  end: number,
  outcome: string | boolean | null = action === "set" ? null : what,
): Call {
  const mark = MARKED.has(action) ? String(what) : null;
  return { action, key: "k", mark, begin, end, outcome };
}

const NEVER = Infinity;

describe("calls that some order explains", () => {
  const histories: Record<string, Call[]> = {
    "one after the other": [
      call("get", null, 1, 2),
      call("set", "a", 3, 4),
      call("get", "a", 5, 6),
      call("delete", true, 7, 8),
      call("delete", false, 9, 10),
      call("has", false, 11, 12),
    ],
    "a read beside a write that sees it or does not": [
      call("set", "a", 1, 10),
      call("get", null, 2, 3),
      call("get", "a", 4, 5),
    ],
    "two writes at once, read in an order of their own": [
      call("set", "a", 1, 10),
      call("set", "b", 1, 10),
      call("get", "b", 11, 12),
    ],
    "an unanswered write that took effect late": [
      call("set", "a", 1, NEVER),
      call("get", null, 5, 6),
      call("get", "a", 7, 8),
    ],
    "an unanswered write that never took effect": [
      call("set", "a", 1, 2),
      call("set", "b", 3, NEVER),
      call("get", "a", 5, 6),
    ],
    "an unanswered delete that took effect": [
      call("set", "a", 1, 2),
      call("delete", null, 3, NEVER),
      call("get", null, 5, 6),
    ],
    "a clear between, of which nobody learns what it deleted": [
      call("set", "a", 1, 2),
      call("delete", null, 3, 4),
      call("set", "b", 3, 4),
      call("get", "b", 5, 6),
    ],
    "setDefault that gives what was first": [
      call("setDefault", "a", 1, 3),
      call("setDefault", "b", 2, 4, "a"),
      call("get", "a", 5, 6),
    ],
    "touching moments": [call("set", "a", 1, 2), call("get", null, 2, 3)],
  };
  test.each(Object.entries(histories))("%s", (_, calls) => {
    expect(contradictions(calls)).toEqual([]);
  });
});

describe("calls that no order explains", () => {
  const histories: Record<string, Call[]> = {
    "a lost write": [call("set", "a", 1, 2), call("get", null, 3, 4)],
    "a value that nobody wrote": [call("set", "a", 1, 2), call("get", "b", 3, 4)],
    "a value before it was written": [call("get", "a", 1, 2), call("set", "a", 3, 4)],
    "a value that a later write had replaced": [
      call("set", "a", 1, 2),
      call("set", "b", 3, 4),
      call("get", "a", 5, 6),
    ],
    "a deleted value that came back": [
      call("set", "a", 1, 2),
      call("delete", true, 3, 4),
      call("get", "a", 5, 6),
    ],
    "two deletes of one entry": [
      call("set", "a", 1, 2),
      call("delete", true, 3, 6),
      call("delete", true, 4, 7),
    ],
    "reads that see two writes in two orders": [
      call("set", "a", 1, 10),
      call("set", "b", 1, 10),
      call("get", "a", 11, 12),
      call("get", "b", 13, 14),
    ],
    "a new value, then the old one": [
      call("set", "a", 1, 2),
      call("set", "b", 3, 10),
      call("get", "b", 4, 5),
      call("get", "a", 6, 7),
    ],
    "an unanswered write that took effect, and then had not": [
      call("set", "a", 1, 2),
      call("set", "b", 3, NEVER),
      call("get", "b", 5, 6),
      call("get", "a", 7, 8),
    ],
    "two values of setDefault": [call("setDefault", "a", 1, 3), call("setDefault", "b", 2, 4)],
    "a write that a clear before it deleted": [
      call("delete", null, 1, 2),
      call("set", "a", 3, 4),
      call("has", false, 5, 6),
    ],
  };
  test.each(Object.entries(histories))("%s", (_, calls) => {
    expect(contradictions(calls)).toHaveLength(1);
    expect(contradictions(calls)[0]).toContain("k");
  });

  test("are told for each key by itself", () => {
    const other = { ...call("get", "x", 5, 6), key: "other" };
    expect(contradictions([call("set", "a", 1, 2), other, call("get", "a", 3, 4)])).toEqual([
      expect.stringContaining("get(other) gave x"),
    ]);
  });
});
