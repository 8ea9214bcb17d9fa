import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "@jest/globals";
import { faults } from "@class-cache/testkit/faults";
import { backend } from "./backend.ts";

faults({
  test,
  expect,
  name: "sqlite()",
  backend,
  processes: {
    module: new URL("backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
  setVersion(folder, version) {
    const db = new DatabaseSync(join(folder, "c.sqlite"));
    db.exec(`PRAGMA user_version = ${version === "own" ? 0x10001 : 99}`);
    db.close();
  },
});
