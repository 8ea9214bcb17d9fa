import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, jest, test } from "@jest/globals";
import { memory } from "@class-cache/mapping";
import type { Place, SuiteOptions } from "@class-cache/testkit";
import { Child, suite } from "@class-cache/testkit";
import { ForwardingBackend, ForwardingMapping } from "@class-cache/testkit/broken";
import { collect, failures } from "./collecting-runner.ts";

const backend = (place: Place): ReturnType<typeof memory> => memory(place);

/** Has no entries that it tells of. */
class Sizeless extends ForwardingMapping {
  override async size(): Promise<number> {
    return -1;
  }
}

const sizeless = (): ForwardingBackend =>
  new ForwardingBackend(memory(), (inner) => new Sizeless(inner));

describe("suite()", () => {
  test("has many cases for the simplest backend, and passes it without any runner", async () => {
    const collected = await collect({ backend: () => memory() });
    expect(failures(collected)).toEqual([]);
    expect(collected.outcomes.length).toBeGreaterThanOrEqual(170);
  });

  test("names each case once", () => {
    const names = suite({ test: () => {}, backend }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test("begins the names with the name given", () => {
    const cases = suite({ test: () => {}, backend, name: "mine" });
    expect(cases.filter(({ name }) => !name.startsWith("mine "))).toEqual([]);
  });

  test("skips what a backend cannot be asked for, and says why", () => {
    const skip = jest.fn<(name: string) => void>();
    const runner = Object.assign(() => {}, { skip });
    const cases = suite({ test: runner, backend: () => memory() });
    const skipped = cases.filter((found) => found.skipped !== undefined);
    expect(new Set(skipped.map((found) => found.skipped))).toEqual(
      new Set([
        "the factory takes no place, so passes no options on",
        "entries do not outlive the backend",
        "the backend is not shared by processes",
      ]),
    );
    expect(skip.mock.calls.map(([name]) => name)).toEqual(
      skipped.map(({ name, skipped: reason }) => `${name} [skipped: ${reason}]`),
    );
  });

  test("skips by the reasons given", () => {
    const reason = "of no use here";
    const cases = suite({ test: () => {}, backend, richValues: reason, options: reason });
    const names = cases.filter(({ skipped }) => skipped === reason).map(({ name }) => name);
    expect(names).toContain("values: a cycle is read as it was written");
    expect(names).toContain("expiry: entries expire each at its own time");
    expect(names.filter((name) => name.startsWith("limits: ")).length).toBeGreaterThan(8);
  });

  test("leaves skipped cases out where the runner knows no skipping", () => {
    const names: string[] = [];
    const cases = suite({ test: (name) => names.push(name), backend });
    expect(names).toEqual(
      cases.flatMap(({ name, skipped }) => (skipped === undefined ? name : [])),
    );
  });

  test("gives the runner the time that a case may take, in milliseconds", () => {
    const times: number[] = [];
    suite({ test: (_name, _run, timeout) => times.push(timeout), backend });
    expect(Math.min(...times)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...times)).toBeLessThan(600_000);
  });

  test("shows differences by the runner's expect where it is given", async () => {
    const toEqual = jest.fn<(expected: unknown) => void>(() => {
      throw new Error("a difference shown by the runner");
    });
    const only = "basics: size counts";
    const shown = await collect({ backend: sizeless, expect: () => ({ toEqual }) }, { only });
    expect(failures(shown).join()).toContain("a difference shown by the runner");
    expect(toEqual).toHaveBeenCalled();
  });

  test("fails with assertions of its own where no expect is given, or it sees no difference", async () => {
    const only = "basics: size counts";
    const bare = await collect({ backend: sizeless }, { only });
    expect(failures(bare).join()).toContain("AssertionError");
    const blind = (): { toEqual(): void } => ({ toEqual: () => {} });
    const unseen = await collect({ backend: sizeless, expect: blind }, { only });
    expect(failures(unseen).join()).toContain("AssertionError");
  });

  test("gives every case a folder of its own, and removes it, whatever becomes of the case", async () => {
    const folders = new Set<string>();
    const placed = (place: Place): ForwardingBackend => {
      expect(folders.has(place.folder)).toBe(false);
      expect(readdirSync(place.folder)).toEqual([]);
      folders.add(place.folder);
      return new ForwardingBackend(memory(place), (inner) => new Sizeless(inner));
    };
    const { outcomes } = await collect({ backend: placed }, { only: "basics: " });
    expect(folders.size).toBeGreaterThanOrEqual(outcomes.length);
    await sleep(50);
    for (const folder of folders) expect(() => readdirSync(folder)).toThrow("ENOENT");
  });

  test.each<[string, object]>([
    ["no test function", { backend }],
    ["a test that is no function", { test: 1, backend }],
    ["no backend", { test: () => {} }],
    ["a backend instead of a factory", { test: () => {}, backend: memory() }],
    ["an expect that is no function", { test: () => {}, backend, expect: {} }],
    ["a name that is no text", { test: () => {}, backend, name: 7 }],
    ["false for a capability, without a reason", { test: () => {}, backend, reopens: false }],
    ["processes without a module", { test: () => {}, backend, processes: {} }],
    ["an option that there is not", { test: () => {}, backend, factory: () => {} }],
  ])("refuses %s", (_name, options) => {
    expect(() => suite(options as SuiteOptions)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  });
});

describe("suite() under node:test", () => {
  const run = (file: string): Child =>
    new Child(
      new URL(`runners/${file}`, import.meta.url),
      {},
      {
        execArgv: ["--conditions=@class-cache/source", "--test-reporter=tap"],
      },
    );

  test("passes a backend whose factory takes nothing", async () => {
    await using child = run("node-test.ts");
    const lines = await child.success();
    const count = (what: string): number =>
      Number(lines.find((line) => line.startsWith(`# ${what} `))?.split(" ")[2]);
    expect(count("fail")).toBe(0);
    expect(count("pass")).toBeGreaterThanOrEqual(170);
    expect(count("skipped")).toBeGreaterThan(0);
  }, 60_000);

  test("fails a broken backend", async () => {
    await using child = run("node-test-broken.ts");
    expect(await child.ended).toBe(1);
    expect(child.lines.filter((line) => line.startsWith("not ok")).length).toBeGreaterThan(3);
  }, 60_000);
});
