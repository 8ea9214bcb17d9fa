import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { ValueCodec } from "@class-cache/mapping";
import type { OpenStore } from "./store.ts";

/** What Node.js has for who writes such a store. */
const v8: ValueCodec = {
  name: "v8",
  encode: (value) => serialize(value),
  decode: (bytes) => deserialize(bytes),
};

/** The least that does the same work on the same engine. */
export const bare: Readonly<Record<string, OpenStore>> = {
  "append log": async (folder) => {
    const { BareLog } = await import("./bare-log.ts");
    return new BareLog(join(folder, "log"), v8);
  },

  "node:sqlite": async (folder) => {
    const { onNode } = await import("./bare-sqlite.ts");
    return onNode(join(folder, "node.sqlite"), v8);
  },

  "better-sqlite3": async (folder) => {
    const { onBetterSqlite } = await import("./bare-sqlite.ts");
    return onBetterSqlite(join(folder, "better.sqlite"), v8);
  },

  "classic-level": async (folder) => {
    const { BareLevel } = await import("./bare-level.ts");
    return BareLevel.open(join(folder, "level"), v8);
  },
};
