import { cpSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { level } from "@class-cache/level";
import { temporaryFolder } from "./temporary-folder.ts";

test("a wish for a repair that comes while one puts the new database in place loses nothing when that dies", async () => {
  const dir = temporaryFolder();
  {
    await using backend = level({ dir });
    const mapping = backend.open<string, number>("m");
    for (let key = 0; key < 100; key += 1) await mapping.set(`${key}`, key);
  }
  // As it is between the two renames, where another process has just written its wish over "built".
  cpSync(join(dir, "db"), join(dir, "db-rebuilt"), { recursive: true });
  renameSync(join(dir, "db"), join(dir, "db-damaged"));
  for (const end of ["seal", "rows", "lengths"]) rmSync(join(dir, `db.${end}`), { force: true });
  writeFileSync(join(dir, "repair-wanted"), "");
  await using backend = level({ dir });
  expect(await backend.open("m").size()).toBe(100);
});
