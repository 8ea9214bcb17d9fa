import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { Level } from "level";
import { faults } from "@class-cache/testkit/faults";
import { backend } from "./backend.ts";

faults({
  test,
  expect,
  name: "level()",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
  async setVersion(folder, version) {
    const database = new Level<string, string>(join(folder, "db"));
    await database.put("format", `class-cache level ${version === "own" ? 2 : 3}`);
    await database.close();
  },
});
