import { join } from "node:path";
import type { OpenStore } from "./store.ts";
import { v8Codec } from "./v8-codec.ts";

/** The least that does the same work on the same engine. */
export const bare: Readonly<Record<string, OpenStore>> = {
  "append log": async (folder) => {
    const { BareLog } = await import("./bare-log.ts");
    return new BareLog(join(folder, "log"), v8Codec);
  },

  "node:sqlite": async (folder) => {
    const { onNode } = await import("./bare-sqlite.ts");
    return onNode(join(folder, "node.sqlite"), v8Codec);
  },

  "better-sqlite3": async (folder) => {
    const { onBetterSqlite } = await import("./bare-sqlite.ts");
    return onBetterSqlite(join(folder, "better.sqlite"), v8Codec);
  },

  "classic-level": async (folder) => {
    const { BareLevel } = await import("./bare-level.ts");
    return BareLevel.open(join(folder, "level"), v8Codec);
  },
};
