import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import type { TestFunction } from "@class-cache/testkit";
import { suite } from "@class-cache/testkit";
import { Child } from "./child.ts";

/** At least as many as there are cases of limits, which need a store with nothing else in it. */
const STORES = 16;

const root = mkdtempSync(join(tmpdir(), "class-cache-level-conformance-"));
const dirs = Array.from({ length: STORES + 1 }, (_, number) => join(root, `${number}`));
const [common = "", ...unused] = dirs;
const elsewhere = "tested by the suite of level() in a folder";
let owner: Child;

beforeAll(async () => {
  owner = new Child("own.ts", { dirs }, "file");
  await owner.line("owns");
});

afterAll(async () => {
  await owner.kill();
  rmSync(root, { recursive: true, force: true });
});

suite({
  test,
  expect,
  name: "level() as the guest of another process",
  backend: () => level({ dir: common }),
  reopens: true,
  processes: elsewhere,
  damage: elsewhere,
});

/** Those of limits alone: the others need no store of their own. */
const runner: TestFunction = test;
const limited: TestFunction = (name, ...rest) => {
  if (name.includes("limits: ")) runner(name, ...rest);
};
const places = new Map<string, string>();
suite({
  test: limited,
  expect,
  name: "level() as the guest of another process, limited:",
  backend: ({ folder, ...options }) => {
    const dir = places.get(folder) ?? (places.size < STORES ? unused[places.size] : undefined);
    if (dir === undefined) throw new Error("There are more cases than stores.");
    places.set(folder, dir);
    return level({ dir, ...options });
  },
  processes: elsewhere,
  damage: elsewhere,
});
