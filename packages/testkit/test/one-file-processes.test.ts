import { expect, test } from "@jest/globals";
import { suite } from "@class-cache/testkit";
import { backend } from "./processes/one-file-backend.ts";

suite({
  test,
  expect,
  backend,
  processes: {
    module: new URL("processes/one-file-backend.ts", import.meta.url),
    execArgv: ["--conditions=@class-cache/source"],
  },
  damage: "misses",
});
