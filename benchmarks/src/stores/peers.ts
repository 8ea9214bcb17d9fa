/** What people take for this, each as it documents itself. */
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import type { OpenStore } from "./store.ts";

export const peers: Readonly<Record<string, OpenStore>> = {
  lmdb: async (folder) => {
    const { open } = await import("lmdb");
    const db = open<unknown, string>({ path: join(folder, "lmdb"), noSync: true });
    return {
      get: (key) => db.get(key),
      has: (key) => db.doesExist(key),
      set: (key, value) => db.put(key, value),
      setAll: (entries) => Promise.all(entries.map(([key, value]) => db.put(key, value))),
      getAll: (keys) => db.getMany([...keys]),
      close: () => db.close(),
    };
  },

  "keyv on SQLite": async (folder) => {
    const { Keyv } = await import("keyv");
    const { KeyvSqlite } = await import("@keyv/sqlite");
    const store = new KeyvSqlite(`sqlite://${join(folder, "keyv.sqlite")}`);
    const keyv = new Keyv({ store });
    return {
      get: (key) => keyv.get(key),
      has: (key) => keyv.has(key),
      set: (key, value) => keyv.set(key, value),
      setAll: (entries) => keyv.setMany(entries.map(([key, value]) => ({ key, value }))),
      getAll: (keys) => keyv.get([...keys]),
      close: () => keyv.disconnect(),
    };
  },

  cacache: async (folder) => {
    const { default: cacache } = await import("cacache");
    const path = join(folder, "cacache");
    return {
      get: async (key) => deserialize((await cacache.get(path, key)).data),
      has: async (key) => (await cacache.get.info(path, key)) !== null,
      set: (key, value) => cacache.put(path, key, serialize(value)),
      close: () => {},
    };
  },

  /** Everything is in memory, and written as a whole: after each set, to keep it as others do. */
  "flat-cache": async (folder) => {
    const { FlatCache } = await import("flat-cache");
    const cache = new FlatCache({ cacheDir: folder, cacheId: "flat" });
    return {
      get: (key) => cache.getKey(key),
      has: (key) => cache.getKey(key) !== undefined,
      set(key, value) {
        cache.setKey(key, value);
        cache.save();
      },
      setAll(entries) {
        for (const [key, value] of entries) cache.setKey(key, value);
        cache.save();
      },
      close: () => {},
    };
  },

  "bentocache on files": async (folder) => {
    const { BentoCache, bentostore } = await import("bentocache");
    const { fileDriver } = await import("bentocache/drivers/file");
    const driver = fileDriver({ directory: join(folder, "bento"), pruneInterval: false });
    const stores = { files: bentostore().useL2Layer(driver) };
    const bento = new BentoCache({ default: "files", stores });
    return {
      get: (key) => bento.get({ key }),
      has: (key) => bento.has({ key }),
      set: (key, value) => bento.set({ key, value }),
      close: () => bento.disconnectAll(),
    };
  },

  "a file per key": async (folder) => {
    const files = join(folder, "files");
    await mkdir(files, { recursive: true });
    const pathOf = (key: string): string => join(files, encodeURIComponent(key));
    return {
      get: async (key) => deserialize(await readFile(pathOf(key))),
      has: (key) =>
        access(pathOf(key)).then(
          () => true,
          () => false,
        ),
      set: (key, value) => writeFile(pathOf(key), serialize(value)),
      close: () => {},
    };
  },
};
