import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import type { FileBlocksOptions } from "@class-cache/file";
import { fileBlocks } from "@class-cache/file";
import { compressed, encrypted, json, structured } from "@class-cache/mapping";
import type { SuiteOptions } from "@class-cache/testkit";
import { suite } from "@class-cache/testkit";
import { backend } from "./backend.ts";

const elsewhere = "tested by the suite of fileBlocks() in a folder";

/** The suite in this process, for `fileBlocks()` with other options. */
function suiteWith(name: string, options: FileBlocksOptions, more?: Partial<SuiteOptions>): void {
  suite({
    test,
    expect,
    name: `fileBlocks() ${name}`,
    backend: ({ folder, ...rest }) => fileBlocks({ dir: folder, ...options, ...rest }),
    processes: elsewhere,
    damage: elsewhere,
    ...more,
  });
}

suite({
  test,
  expect,
  name: "fileBlocks() in a folder",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
});

process.env.XDG_CACHE_HOME = mkdtempSync(join(tmpdir(), "class-cache-conformance-"));
afterAll(() => rmSync(process.env.XDG_CACHE_HOME as string, { recursive: true, force: true }));
suite({
  test,
  expect,
  name: "fileBlocks() bare",
  backend: () => fileBlocks(),
  reopens: true,
  processes: elsewhere,
  damage: elsewhere,
});

suiteWith("with synchronous durability", { durability: "sync" });
suiteWith("with json", { codec: json() }, { richValues: "JSON does not keep them" });
suiteWith("compressed", { codec: compressed(structured()) });
suiteWith("encrypted", {
  codec: encrypted(structured(), { key: Buffer.alloc(32, 7) }),
});
