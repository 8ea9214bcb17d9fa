import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const entries = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [`key ${n}`, `value ${n}`]),
);
const keys = Object.keys(entries);

/** A link to a link to a database that is in another folder, or is not there yet. */
function linked(): { link: string; path: string; folder: string } {
  const folder = temporaryFolder();
  for (const name of ["links", "stores"]) mkdirSync(join(folder, name));
  const path = join(folder, "stores", "c.sqlite");
  symlinkSync("../stores/c.sqlite", join(folder, "links", "first.sqlite"));
  symlinkSync("links", join(folder, "by another name"));
  symlinkSync(
    join(folder, "by another name", "first.sqlite"),
    join(folder, "links", "second.sqlite"),
  );
  return { link: join(folder, "links", "second.sqlite"), path, folder };
}

describe("a store whose path is a link to its file", () => {
  test("is made where the link leads, with all that lies beside it", async () => {
    const { link, path, folder } = linked();
    await using backend = sqlite({ path: link });
    await backend.open<string, number>("id").set("key", 1);
    await using lease = await backend.lease("name");
    expect(lease.name).toBe("name");
    expect(readdirSync(join(folder, "links")).toSorted()).toEqual([
      "first.sqlite",
      "second.sqlite",
    ]);
    expect(backend.path).toBe(link);
    await using direct = sqlite({ path });
    expect(await direct.open("id").get("key")).toBe(1);
  });

  test("has one holder of a lease, by whichever path", async () => {
    const { link, path } = linked();
    await using one = sqlite({ path: link });
    await using other = sqlite({ path });
    const held = await one.lease("name");
    let isGranted = false;
    const waiting = other.lease("name").then((lease) => {
      isGranted = true;
      return lease;
    });
    await sleep(100);
    expect(isGranted).toBe(false);
    await held.release();
    await (await waiting).release();
  });

  test("tells of the damaged log of a process that was killed, by whichever path", async () => {
    for (const by of ["link", "path"] as const) {
      const paths = linked();
      const options = { path: paths.link, entries, copies: "between" };
      const writer = new Child("killed-writer.ts", options);
      await writer.line("written");
      await writer.kill();
      const log = readFileSync(`${paths.path}-wal`);
      writeFileSync(`${paths.path}-wal`, log.subarray(0, 20_000));
      const told: unknown[] = [];
      await using backend = sqlite({ path: paths[by] });
      const mapping = backend.open<string, string>("a mapping", {
        onError: (error) => told.push(error),
      });
      const found = await mapping.getMany(keys);
      for (const [index, value] of found.entries()) {
        expect([undefined, entries[keys[index]!]]).toContain(value);
      }
      expect(told).toMatchObject([{ code: "ERR_DAMAGED" }]);
    }
  });
});
