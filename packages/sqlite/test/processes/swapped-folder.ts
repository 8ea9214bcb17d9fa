/**
 * Opens a store again and again, whose folder is replaced by another store's at a look at the file, each time at
 * another one, and tells at which of them what it wrote afterwards was not found in its place.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childArguments, say } from "@class-cache/testkit/processes";

const { folder } = childArguments<{ folder: string }>();
const { statSync } = fs;
let looks = 0;
let atLook = (_look: number): void => {};
const looking = (path: string, ...rest: []): unknown => {
  if (path.endsWith("c.sqlite")) atLook((looks += 1));
  return statSync(path, ...rest);
};
Object.assign(fs, { statSync: looking });
syncBuiltinESMExports();
const { sqlite } = await import("@class-cache/sqlite");

async function write(path: string, key: string): Promise<void> {
  await using backend = sqlite({ path });
  await backend.open<string, number>("m").set(key, 1);
}

const lost: number[] = [];
for (let at = 1; ; at += 1) {
  const [place, next] = [join(folder, `${at}`), join(folder, `${at}-next`)];
  const path = join(place, "c.sqlite");
  await write(path, "old");
  await write(join(next, "c.sqlite"), "new");
  let isSwapped = false;
  looks = 0;
  atLook = (look) => {
    if (look !== at) return;
    isSwapped = true;
    fs.renameSync(place, `${place}-moved`);
    fs.renameSync(next, place);
  };
  await using backend = sqlite({ path });
  const mapping = backend.open<string, number>("m");
  await mapping.get("old");
  atLook = () => {};
  await sleep(100);
  await mapping.set("written", at);
  await backend.close();
  await using fresh = sqlite({ path });
  if ((await fresh.open<string, number>("m").get("written")) !== at) lost.push(at);
  if (!isSwapped) break;
}
say(JSON.stringify({ lost }));
