import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { closeSync, existsSync, openSync, writeSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

test("who wants something of a store while its mender is stopped is refused in time", async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  {
    await using backend = sqlite({ path });
    const mapping = backend.open<string, string>("m");
    for (let bulk = 0; bulk < 40; bulk += 1) {
      await mapping.setMany(
        Array.from({ length: 500 }, (_, n) => [`${bulk}.${n}`, `${n} `.repeat(300)] as const),
      );
    }
  }
  // The root of the index: whoever looks for an entry meets it.
  const db = new DatabaseSync(path);
  const sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_entry_1'";
  const root = Number(db.prepare(sql).get()?.rootpage);
  db.close();
  const fd = openSync(path, "r+");
  writeSync(fd, Buffer.alloc(8), 0, 8, (root - 1) * PAGE);
  closeSync(fd);
  const mender = new Child("reading-one.ts", { path, key: "3.7" });
  while (!existsSync(`${path}-repair`)) await sleep(1);
  await sleep(30);
  mender.signal("SIGSTOP");
  const backend = sqlite({ path, busyTimeout: 1000 });
  const mapping = backend.open<string, string>("m");
  const settled = mapping.get("3.7").then(
    () => "answered",
    () => "refused",
  );
  const outcome = await Promise.race([settled, sleep(8000, "waits")]);
  mender.signal("SIGCONT");
  await mender.success();
  await settled;
  await backend.close();
  expect(outcome).not.toBe("waits");
}, 60_000);
