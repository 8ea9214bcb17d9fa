import { closeSync, rmSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { lockFile, makeFolder } from "@class-cache/mapping/disk";
import { Database } from "../src/database.ts";
import type { DatabaseFolder } from "../src/own-folder.ts";
import { OwnFolder } from "../src/own-folder.ts";
import { storePaths } from "../src/paths.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** A folder that is removed right before a step of the opening of its database. */
function removedBefore(
  step: "anything" | "LevelDB",
  folder: DatabaseFolder,
  dir: string,
): DatabaseFolder {
  if (step === "anything") rmSync(dir, { recursive: true });
  return {
    path: folder.path,
    files: folder.files,
    isThere: () => folder.isThere(),
    enter() {
      const entered = folder.enter();
      rmSync(dir, { recursive: true });
      return entered;
    },
  };
}

test.each(["anything", "LevelDB"] as const)(
  "a database whose folder is removed before %s opens it is refused, and hangs nobody",
  async (step) => {
    const dir = temporaryFolder();
    makeFolder(dir);
    const lock = lockFile(storePaths(dir).ownerLock)!;
    const folder = new OwnFolder(dir, lock);
    const opened = Database.open(removedBefore(step, folder.database, dir), () => {});
    await expect(opened).rejects.toMatchObject({ code: "ERR_STORE" });
    folder.leave();
    closeSync(lock);
  },
);
