import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { sqlite } from "@class-cache/sqlite";
import { mendHead } from "../src/mend-first-page.ts";
import { Child } from "./child.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const PAGE = 4096;

/** Stops a process that copies its log: page 1 tells already of pages that are still to come. */
function stopWhileCopying(path: string, writer: Child): boolean {
  const fd = openSync(path, "r");
  const page = Buffer.alloc(32);
  const isCopying = (): boolean => {
    const { size } = fstatSync(fd);
    readSync(fd, page, 0, 32, 0);
    return page.readUInt32BE(28) * PAGE > size;
  };
  const isStopped = (): boolean =>
    readFileSync(`/proc/${writer.pid}/stat`, "latin1").split(" ")[2] === "T";
  try {
    const until = Date.now() + 10_000;
    while (Date.now() < until) {
      if (!isCopying()) continue;
      writer.signal("SIGSTOP");
      while (!isStopped());
      if (isCopying()) return true;
      writer.signal("SIGCONT");
    }
    return false;
  } finally {
    closeSync(fd);
  }
}

test("mending the head costs nothing of what another process copies from its log meanwhile", async () => {
  const path = join(temporaryFolder(), "c.sqlite");
  {
    await using backend = sqlite({ path });
    await backend.open("m").set("a", 1);
  }
  const writer = new Child("closing-writer.ts", { path, rounds: 5 });
  await writer.line("ready");
  expect(stopWhileCopying(path, writer)).toBe(true);
  const isChanged = mendHead(path);
  writer.signal("SIGCONT");
  const [, ...written] = await writer.success();
  await using backend = sqlite({ path });
  const mapping = backend.open<string, string>("m");
  const lost: string[] = [];
  for (const key of written) if ((await mapping.get(key)) === undefined) lost.push(key);
  expect({ isChanged, lost }).toEqual({ isChanged: false, lost: [] });
}, 60_000);
