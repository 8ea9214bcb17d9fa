import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Backend, MutableMapping } from "@class-cache/mapping";
import type { Entry, OpenStore, Store } from "./store.ts";

/** The backends of class-cache, as they come. */
export const ours: Readonly<Record<string, OpenStore>> = {
  "fileBlocks()": async (folder) => {
    const { fileBlocks } = await import("@class-cache/file");
    return opened(fileBlocks({ dir: join(folder, "blocks") }));
  },

  "sqlite()": async (folder) => {
    const { sqlite } = await import("@class-cache/sqlite");
    return opened(sqlite({ path: join(folder, "ours.sqlite") }));
  },

  "level(), owner": async (folder) => {
    const { level } = await import("@class-cache/level");
    return opened(level({ dir: join(folder, "level") }));
  },

  "level(), guest": async (folder) => {
    const { level } = await import("@class-cache/level");
    const dir = join(folder, "level");
    const owner = fork(fileURLToPath(new URL("level-owner.ts", import.meta.url)), [dir]);
    await once(owner, "message");
    return opened(level({ dir }), async () => {
      const end = once(owner, "exit");
      owner.disconnect();
      await end;
    });
  },
};

function opened(backend: Backend, afterwards?: () => Promise<void>): Store {
  const mapping: MutableMapping<string, unknown> = backend.open("bench");
  return {
    get: (key) => mapping.get(key),
    has: (key) => mapping.has(key),
    set: (key, value) => mapping.set(key, value),
    setAll: (entries) => mapping.setMany(entries as Entry[] as [string, unknown][]),
    getAll: (keys) => mapping.getMany(keys),
    async close() {
      await backend.close();
      await afterwards?.();
    },
  };
}
