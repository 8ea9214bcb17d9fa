import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Backend } from "@class-cache/mapping";
import { cacheFolder, memory } from "@class-cache/mapping";

/** A backend that the demo can run on. */
export interface DemoBackend {
  readonly backend: Backend;
  /** Where its entries are, for a person. */
  readonly where: string;
  /** Bytes that they take there. */
  size(): Promise<number>;
}

/** The demo's backends by the name that `--backend` takes. Each is loaded only when it is chosen. */
export const demoBackends: Readonly<Record<string, () => Promise<DemoBackend>>> = {
  file: async () => {
    const { fileBlocks } = await import("@class-cache/file");
    return inFolder("file", (dir) => fileBlocks({ dir }));
  },
  sqlite: async () => {
    const { sqlite } = await import("@class-cache/sqlite");
    return inFolder("sqlite", (dir) => sqlite({ path: join(dir, "cache.sqlite") }));
  },
  level: async () => {
    const { level } = await import("@class-cache/level");
    return inFolder("level", (dir) => level({ dir }));
  },
  memory: async () => {
    const backend = memory();
    return { backend, where: "this process's memory", size: () => valueBytes(backend) };
  },
};

function inFolder(name: string, make: (dir: string) => Backend): DemoBackend {
  const where = join(cacheFolder(), "demo", name);
  return { backend: make(where), where, size: () => folderSize(where) };
}

async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true });
  const sizes = await Promise.all(
    entries.map(async (entry) => (await stat(join(folder, entry))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function valueBytes(backend: Backend): Promise<number> {
  let bytes = 0;
  for await (const id of backend.ids()) {
    for await (const record of backend.open(id).records()) bytes += record.bytes;
  }
  return bytes;
}
