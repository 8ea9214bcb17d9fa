import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { suite } from "@class-cache/testkit";
import { backend } from "./backend.ts";

const elsewhere = "tested by the suite of level() in a folder";

suite({
  test,
  expect,
  name: "level() in a folder",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
  ownFiles: "one database has all mappings",
});

process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), "class-cache-conformance-"));
afterAll(() => rmSync(process.env.XDG_CACHE_HOME as string, { recursive: true, force: true }));
suite({
  test,
  expect,
  name: "level() bare",
  backend: () => level(),
  reopens: true,
  processes: elsewhere,
  damage: elsewhere,
});
