import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "@jest/globals";
import { level } from "@class-cache/level";
import { contractCases } from "../../mapping/test/contract-cases.ts";
import { Child } from "./child.ts";

/** At least as many as there are cases: each has a store of its own. */
const STORES = 60;

const root = mkdtempSync(join(tmpdir(), "class-cache-level-contract-"));
const dirs = Array.from({ length: STORES }, (_, number) => join(root, `${number}`));
const unused = [...dirs];
let owner: Child;

beforeAll(async () => {
  owner = new Child("own.ts", { dirs }, "file");
  await owner.line("owns");
});

afterAll(async () => {
  await owner.kill();
  rmSync(root, { recursive: true, force: true });
});

contractCases("level() as the guest of another process", () => {
  const dir = unused.pop();
  if (dir === undefined) throw new Error("There are more cases than stores.");
  return {
    make: (options) => level({ dir, ...options }),
    end: () => {},
  };
});
