import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileBlocks } from "@class-cache/file";
import type { Backend } from "@class-cache/mapping";
import { memory } from "@class-cache/mapping";

/** A backend that the demo can run on. */
export interface DemoBackend {
  readonly backend: Backend;
  /** Where its entries are, for a person. */
  readonly where: string;
  /** Bytes that they take there. */
  size(): Promise<number>;
}

/** The demo's backends by the name that `--backend` takes. */
export const demoBackends: Readonly<Record<string, () => DemoBackend>> = {
  file: () => {
    const backend = fileBlocks({ dir: join(fileBlocks().dir, "demo") });
    return { backend, where: backend.dir, size: () => folderSize(backend.dir) };
  },
  memory: () => {
    const backend = memory();
    return { backend, where: "this process's memory", size: () => valueBytes(backend) };
  },
};

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
