import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

describe("a store where only whole files can be locked", () => {
  test("works, and leaves no files", async () => {
    const dir = temporaryFolder();
    const holder = new Child("whole-file-locks.ts", { dir, task: "keep" });
    await holder.line("held");
    const waiter = new Child("whole-file-locks.ts", { dir, task: "use" });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(waiter.lines).toEqual([]);
    await holder.kill();
    expect(await waiter.success()).toEqual(["granted"]);
    expect(readdirSync(join(dir, "lock-files"))).toHaveLength(1);
  });

  test("leaves a lock at its path alone when one is given back that was moved", async () => {
    const child = new Child("whole-file-locks.ts", {
      dir: join(temporaryFolder(), "store"),
      task: "move",
    });
    expect(await child.success()).toEqual(["1 held"]);
  });
});
