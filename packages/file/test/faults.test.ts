import { readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { expect, test } from "@jest/globals";
import { faults } from "@class-cache/testkit/faults";
import { backend } from "./backend.ts";
import { failingCalls } from "./failing-calls/failing-calls.ts";
import { interleavings } from "./interleavings/interleavings.ts";
import { filesIn } from "./temporary-folder.ts";

faults({
  test,
  expect,
  name: "fileBlocks()",
  backend,
  processes: {
    module: new URL("small-blocks.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
  themes: [failingCalls, interleavings],
  setVersion(folder, name) {
    const version = name === "own" ? 5 : 6;
    for (const path of filesIn(folder).filter((file) => file.endsWith("mapping.json"))) {
      const manifest = JSON.parse(readFileSync(path, "utf8")) as { format: string; id: string };
      const checksum = crc32(JSON.stringify([manifest.format, version, manifest.id]));
      writeFileSync(path, JSON.stringify({ ...manifest, version, checksum }));
    }
  },
});
