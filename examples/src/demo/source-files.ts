import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules/", import.meta.url));

/** Every declaration file of TypeScript and of Node.js that the installation brought, in order. */
export async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  for (const name of ["typescript", "@types/node"]) {
    const folder = join(modules, name);
    const entries = await readdir(folder, { recursive: true });
    files.push(
      ...entries.filter((entry) => entry.endsWith(".d.ts")).map((entry) => join(folder, entry)),
    );
  }
  return files.sort();
}
