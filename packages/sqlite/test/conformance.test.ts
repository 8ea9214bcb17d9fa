import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { SqliteOptions } from "@class-cache/sqlite";
import { sqlite } from "@class-cache/sqlite";
import type { SuiteOptions } from "@class-cache/testkit";
import { suite } from "@class-cache/testkit";
import { backend } from "./backend.ts";

const elsewhere = "tested by the suite of sqlite() in a folder";

/** The suite in this process, for `sqlite()` with other options. */
function suiteWith(name: string, options: SqliteOptions, more?: Partial<SuiteOptions>): void {
  suite({
    test,
    expect,
    name: `sqlite() ${name}`,
    backend: ({ folder, ...rest }) =>
      sqlite({ path: join(folder, "c.sqlite"), ...options, ...rest }),
    processes: elsewhere,
    damage: elsewhere,
    ...more,
  });
}

suite({
  test,
  expect,
  name: "sqlite() in a folder",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
  ownFiles: "one file has all mappings",
});

process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), "class-cache-conformance-"));
afterAll(() => rmSync(process.env.XDG_CACHE_HOME as string, { recursive: true, force: true }));
suite({
  test,
  expect,
  name: "sqlite() bare",
  backend: () => sqlite(),
  reopens: true,
  processes: elsewhere,
  damage: elsewhere,
});

suiteWith("with full synchronization and limits far away", {
  synchronous: "full",
  maxBytes: 2 ** 40,
  maxEntries: 2 ** 40,
});
