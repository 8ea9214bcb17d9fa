import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { LevelOptions } from "@class-cache/level";
import { level } from "@class-cache/level";
import { compressed, encrypted, json, structured } from "@class-cache/mapping";
import type { SuiteOptions } from "@class-cache/testkit";
import { suite } from "@class-cache/testkit";
import { backend } from "./backend.ts";

const elsewhere = "tested by the suite of level() in a folder";

/** The suite in this process, for `level()` with other options. */
function suiteWith(name: string, options: LevelOptions, more?: Partial<SuiteOptions>): void {
  suite({
    test,
    expect,
    name: `level() ${name}`,
    backend: ({ folder, ...rest }) => level({ dir: folder, ...options, ...rest }),
    processes: elsewhere,
    damage: elsewhere,
    ...more,
  });
}

suite({
  test,
  expect,
  name: "level() in a folder",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "setbacks",
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

suiteWith("with json", { codec: json() }, { richValues: "JSON does not keep them" });
suiteWith("compressed and encrypted", {
  codec: encrypted(compressed(structured()), { key: Buffer.alloc(32, 7) }),
  timeout: 60_000,
});
