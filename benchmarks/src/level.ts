import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ValueCodec } from "@class-cache/mapping";
import { level } from "@class-cache/level";
import { BareLevel } from "./bare-level.ts";
import type { Stores } from "./compare-stores.ts";
import { compareStores } from "./compare-stores.ts";
import type { Row, Wanted } from "./table.ts";

/** The LevelDB store against classic-level, in the process that owns the database and in a guest. */
export function benchmarkLevel(isWanted: Wanted): Promise<Row[]> {
  return compareStores(openStores, isWanted);
}

async function openStores(folder: string, codec: ValueCodec): Promise<Stores> {
  const bare = await BareLevel.open(join(folder, "bare"), codec);
  const owner = level({ dir: join(folder, "owned"), codec });
  const shared = join(folder, "shared");
  const otherProcess = fork(new URL("level-owner.ts", import.meta.url), [shared]);
  await once(otherProcess, "message");
  const guest = level({ dir: shared, codec });
  return {
    bare: { "classic-level": bare },
    ours: { "level(), owner": owner.open("bench"), "level(), guest": guest.open("bench") },
    async close() {
      await Promise.all([bare.close(), owner.close(), guest.close()]);
      otherProcess.disconnect();
      await once(otherProcess, "exit");
    },
  };
}
